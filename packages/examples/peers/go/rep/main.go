// Dries the dishes of a Requester: rep ENDPOINT
package main

import (
	"fmt"
	"os"

	"github.com/pebbe/zmq4"
	"github.com/vmihailenco/msgpack/v5"
)

func main() {
	rep, _ := zmq4.NewSocket(zmq4.REP)
	if err := rep.Bind(os.Args[1]); err != nil {
		panic(err)
	}
	endpoint, _ := rep.GetLastEndpoint()
	fmt.Println(endpoint)
	for frames, err := rep.RecvMessageBytes(0); err == nil; frames, err = rep.RecvMessageBytes(0) {
		var dish map[string]any
		var reply []byte // stays empty for the end of a requester: its name or nothing, to be answered all the same
		if msgpack.Unmarshal(frames[0], &dish) == nil && dish != nil {
			dish["wet"] = false
			reply, _ = msgpack.Marshal(dish)
		}
		rep.SendBytes(reply, 0)
	}
}
