/* Pushes dishes to a Puller: push ENDPOINT COUNT */
#include <msgpack.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

int main(int argc, char **argv) {
  void *context = zmq_ctx_new(), *push = zmq_socket(context, ZMQ_PUSH);
  if (argc != 3 || zmq_connect(push, argv[1]) != 0) return 2;
  msgpack_sbuffer payload;
  msgpack_sbuffer_init(&payload);
  msgpack_packer packer = {.data = &payload, .callback = msgpack_sbuffer_write};
  for (long id = 0; id < atol(argv[2]); id++, msgpack_sbuffer_clear(&payload)) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    msgpack_pack_map(&packer, 3);
    msgpack_pack_str_with_body(&packer, "id", 2), msgpack_pack_long(&packer, id);
    msgpack_pack_str_with_body(&packer, "name", 4), msgpack_pack_str_with_body(&packer, "plate", 5);
    msgpack_pack_str_with_body(&packer, "washedAt", 8);
    msgpack_pack_uint64(&packer, now.tv_sec * 1000ull + now.tv_nsec / 1000000);
    if (zmq_send(push, payload.data, payload.size, 0) < 0) return 1;
  }
  zmq_send(push, "", 0, 0); /* the end of this sender's stream */
  return zmq_close(push) || zmq_ctx_term(context); /* waits until all is sent */
}
