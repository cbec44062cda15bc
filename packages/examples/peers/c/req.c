/* Asks a Replier about dishes, one at a time: req ENDPOINT COUNT */
#include <msgpack.h>
#include <stdlib.h>
#include <zmq.h>

int main(int argc, char **argv) {
  void *req = zmq_socket(zmq_ctx_new(), ZMQ_REQ);
  if (argc != 3 || zmq_connect(req, argv[1]) != 0) return 2;
  msgpack_sbuffer payload;
  msgpack_packer packer = {.data = &payload, .callback = msgpack_sbuffer_write};
  for (long id = 0; id < atol(argv[2]); id++) {
    msgpack_sbuffer_init(&payload);
    msgpack_pack_map(&packer, 3);
    msgpack_pack_str_with_body(&packer, "id", 2), msgpack_pack_long(&packer, id);
    msgpack_pack_str_with_body(&packer, "name", 4), msgpack_pack_str_with_body(&packer, "plate", 5);
    msgpack_pack_str_with_body(&packer, "wet", 3), msgpack_pack_true(&packer);
    zmq_send(req, payload.data, payload.size, 0);
    msgpack_sbuffer_destroy(&payload);
    zmq_msg_t frame;
    for (zmq_msg_init(&frame); zmq_msg_recv(&frame, req, 0) >= 0 && zmq_msg_more(&frame);) continue;
    msgpack_unpacked answer = {0}; /* the last frame; of an error reply: its headers */
    if (msgpack_unpack_next(&answer, zmq_msg_data(&frame), zmq_msg_size(&frame), NULL) > 0)
      msgpack_object_print(stdout, answer.data), putchar('\n');
    msgpack_unpacked_destroy(&answer);
  }
}
