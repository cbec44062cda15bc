// Asks a Replier about dishes, one at a time: req ENDPOINT COUNT
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/pebbe/zmq4"
	"github.com/vmihailenco/msgpack/v5"
)

func main() {
	count, _ := strconv.Atoi(os.Args[2])
	req, _ := zmq4.NewSocket(zmq4.REQ)
	if err := req.Connect(os.Args[1]); err != nil {
		panic(err)
	}
	for id := range count {
		payload, _ := msgpack.Marshal(map[string]any{"id": id, "name": "plate", "wet": true})
		req.SendBytes(payload, 0)
		frames, _ := req.RecvMessageBytes(0)
		var answer map[string]any // of an error reply: its headers, {error: {code, message}}
		err := msgpack.Unmarshal(frames[len(frames)-1], &answer)
		fmt.Println(answer, err)
	}
}
