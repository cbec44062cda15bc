// Prints the dishes of a Pusher that sends one a frame: pull ENDPOINT
package main

import (
	"fmt"
	"os"

	"github.com/pebbe/zmq4"
	"github.com/vmihailenco/msgpack/v5"
)

type dish struct {
	ID       int    `msgpack:"id"`
	Name     string `msgpack:"name"`
	WashedAt uint64 `msgpack:"washedAt"`
}

func main() {
	pull, _ := zmq4.NewSocket(zmq4.PULL)
	if err := pull.Connect(os.Args[1]); err != nil {
		panic(err)
	}
	frames, err := pull.RecvMessageBytes(0)
	for ; err == nil && len(frames[0]) > 0; frames, err = pull.RecvMessageBytes(0) { // empty: the end of the stream
		var d dish
		err := msgpack.Unmarshal(frames[0], &d)
		fmt.Println(d, err)
	}
}
