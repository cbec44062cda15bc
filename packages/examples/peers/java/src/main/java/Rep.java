import java.io.IOException;
import java.util.HashMap;
import org.msgpack.core.MessagePack;
import org.msgpack.value.ValueFactory;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMsg;

/** Dries the dishes of a Requester: Rep ENDPOINT */
class Rep {
  public static void main(String[] args) throws IOException {
    var rep = new ZContext().createSocket(SocketType.REP);
    rep.bind(args[0]);
    System.out.println(rep.getLastEndpoint());
    while (true) {
      byte[] payload = ZMsg.recvMsg(rep).getFirst().getData(); // headers, if any, are behind it
      var reply = MessagePack.newDefaultBufferPacker();
      var value = payload.length == 0 ? null : MessagePack.newDefaultUnpacker(payload).unpackValue();
      if (value != null && value.isMapValue()) {
        var dish = new HashMap<>(value.asMapValue().map());
        dish.put(ValueFactory.newString("wet"), ValueFactory.newBoolean(false));
        reply.packValue(ValueFactory.newMap(dish));
      } // anything else is the end of a requester: its name or nothing, to be answered all the same
      rep.send(reply.toByteArray());
    }
  }
}
