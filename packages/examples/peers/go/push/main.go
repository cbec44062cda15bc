// Pushes dishes to a Puller: push ENDPOINT COUNT
package main

import (
	"os"
	"strconv"
	"time"

	"github.com/pebbe/zmq4"
	"github.com/vmihailenco/msgpack/v5"
)

func main() {
	count, _ := strconv.Atoi(os.Args[2])
	push, _ := zmq4.NewSocket(zmq4.PUSH)
	if err := push.Connect(os.Args[1]); err != nil {
		panic(err)
	}
	for id := range count {
		dish := map[string]any{"id": id, "name": "plate", "washedAt": time.Now().UnixMilli()}
		payload, _ := msgpack.Marshal(dish)
		push.SendBytes(payload, 0)
	}
	push.SendBytes(nil, 0) // the end of this sender's stream
	push.Close()
	zmq4.Term() // waits until all is sent
}
