/* One way with libzmq alone, 75 octets a frame and no codec: libzmq receive|send ENDPOINT MESSAGES. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zmq.h>

int main(int count, char **words) {
  if (count < 4) return 2;
  int receives = strcmp(words[1], "receive") == 0;
  long messages = atol(words[3]);
  char line[65536], octets[75] = {0}, bound[256];
  size_t length = sizeof bound;
  while (fgets(line, sizeof line, stdin) && !strchr(line, '\n')) continue;
  void *context = zmq_ctx_new();
  void *socket = zmq_socket(context, receives ? ZMQ_PULL : ZMQ_PUSH);
  if (receives) {
    if (zmq_bind(socket, words[2]) != 0) return 1;
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &length);
    puts(bound);
    fflush(stdout);
    for (long n = 0; n < messages; n++)
      if (zmq_recv(socket, octets, sizeof octets, 0) < 0) return 1;
  } else {
    if (zmq_connect(socket, words[2]) != 0) return 1;
    puts("connected");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) return 1;
    for (long n = 0; n < messages; n++)
      if (zmq_send(socket, octets, sizeof octets, 0) < 0) return 1;
  }
  zmq_close(socket);
  zmq_ctx_term(context);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double ms = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
  printf("{\"cpuMs\": %f}\n", ms);
  return 0;
}
