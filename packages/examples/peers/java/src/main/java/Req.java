import java.io.IOException;
import org.msgpack.core.MessagePack;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMsg;

/** Asks a Replier about dishes, one at a time: Req ENDPOINT COUNT */
class Req {
  public static void main(String[] args) throws IOException {
    try (var context = new ZContext()) {
      var req = context.createSocket(SocketType.REQ);
      req.connect(args[0]);
      for (int id = 0; id < Integer.parseInt(args[1]); id++) {
        var dish = MessagePack.newDefaultBufferPacker();
        dish.packMapHeader(3);
        dish.packString("id").packInt(id);
        dish.packString("name").packString("plate");
        dish.packString("wet").packBoolean(true);
        req.send(dish.toByteArray());
        byte[] answer = ZMsg.recvMsg(req).getLast().getData(); // of an error reply: its headers
        System.out.println(MessagePack.newDefaultUnpacker(answer).unpackValue());
      }
    }
  }
}
