import java.io.IOException;
import org.msgpack.core.MessagePack;
import org.zeromq.SocketType;
import org.zeromq.ZContext;

/** Pushes dishes to a Puller: Push ENDPOINT COUNT */
class Push {
  public static void main(String[] args) throws IOException {
    try (var context = new ZContext()) {
      context.setLinger(-1); // close waits until all is sent; ZContext's own default drops it
      var push = context.createSocket(SocketType.PUSH);
      push.connect(args[0]);
      for (int id = 0; id < Integer.parseInt(args[1]); id++) {
        var dish = MessagePack.newDefaultBufferPacker();
        dish.packMapHeader(3);
        dish.packString("id").packInt(id);
        dish.packString("name").packString("plate");
        dish.packString("washedAt").packLong(System.currentTimeMillis());
        push.send(dish.toByteArray());
      }
      push.send(new byte[0]); // the end of this sender's stream
    }
  }
}
