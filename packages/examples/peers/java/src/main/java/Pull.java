import java.io.IOException;
import org.msgpack.core.MessagePack;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMsg;

/** Prints the dishes of a Pusher that sends one a frame: Pull ENDPOINT */
class Pull {
  public static void main(String[] args) throws IOException {
    try (var context = new ZContext()) {
      var pull = context.createSocket(SocketType.PULL);
      pull.connect(args[0]);
      while (true) {
        byte[] payload = ZMsg.recvMsg(pull).getFirst().getData(); // headers, if any, are behind it
        if (payload.length == 0) break; // the end of the sender's stream
        System.out.println(MessagePack.newDefaultUnpacker(payload).unpackValue());
      }
    }
  }
}
