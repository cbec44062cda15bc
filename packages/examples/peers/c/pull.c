/* Prints the dishes of a Pusher that sends one a frame: pull ENDPOINT */
#include <msgpack.h>
#include <stdio.h>
#include <zmq.h>

int main(int argc, char **argv) {
  void *pull = zmq_socket(zmq_ctx_new(), ZMQ_PULL);
  if (argc != 2 || zmq_connect(pull, argv[1]) != 0) return 2;
  zmq_msg_t frame;
  msgpack_unpacked dish;
  msgpack_unpacked_init(&dish);
  for (zmq_msg_init(&frame); zmq_msg_recv(&frame, pull, 0) > 0;) { /* empty: the end of the stream */
    size_t at = 0;
    if (msgpack_unpack_next(&dish, zmq_msg_data(&frame), zmq_msg_size(&frame), &at) > 0) {
      msgpack_object_print(stdout, dish.data);
      putchar('\n');
    }
    while (zmq_msg_more(&frame)) zmq_msg_recv(&frame, pull, 0); /* headers */
  }
  return 0;
}
