/* Dries the dishes of a Requester: rep ENDPOINT */
#include <msgpack.h>
#include <zmq.h>

int main(int argc, char **argv) {
  void *rep = zmq_socket(zmq_ctx_new(), ZMQ_REP);
  if (argc != 2 || zmq_bind(rep, argv[1]) != 0) return 2;
  char endpoint[256];
  zmq_getsockopt(rep, ZMQ_LAST_ENDPOINT, endpoint, &(size_t){sizeof endpoint});
  puts(endpoint), fflush(stdout);
  zmq_msg_t payload, rest;
  for (zmq_msg_init(&payload), zmq_msg_init(&rest); zmq_msg_recv(&payload, rep, 0) >= 0;) {
    for (int more = zmq_msg_more(&payload); more; more = zmq_msg_more(&rest)) zmq_msg_recv(&rest, rep, 0);
    msgpack_sbuffer reply = {0}; /* stays empty for the end of a requester, to be answered all the same */
    msgpack_packer packer = {.data = &reply, .callback = msgpack_sbuffer_write};
    msgpack_unpacked dish = {0};
    msgpack_unpack_next(&dish, zmq_msg_data(&payload), zmq_msg_size(&payload), NULL);
    for (uint32_t at = 0; dish.data.type == MSGPACK_OBJECT_MAP && at < dish.data.via.map.size; at++) {
      msgpack_object_kv *field = &dish.data.via.map.ptr[at];
      if (field->key.type == MSGPACK_OBJECT_STR && field->key.via.str.size == 3 && !memcmp(field->key.via.str.ptr, "wet", 3))
        field->val = (msgpack_object){.type = MSGPACK_OBJECT_BOOLEAN, .via.boolean = false};
    }
    if (dish.data.type == MSGPACK_OBJECT_MAP) msgpack_pack_object(&packer, dish.data);
    zmq_send(rep, reply.data, reply.size, 0);
    msgpack_unpacked_destroy(&dish), msgpack_sbuffer_destroy(&reply);
  }
}
