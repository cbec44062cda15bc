//! Dries the dishes of a Requester: rep ENDPOINT
use rmpv::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rep = zmq::Context::new().socket(zmq::REP)?;
    rep.bind(&std::env::args().nth(1).ok_or("rep ENDPOINT")?)?;
    println!("{}", rep.get_last_endpoint()?.unwrap_or_default());
    loop {
        let frames = rep.recv_multipart(0)?; // a payload, and its headers if any
        let mut reply = Vec::new();
        if let Ok(Value::Map(mut dish)) = rmpv::decode::read_value(&mut frames[0].as_slice()) {
            dish.retain(|(key, _)| key.as_str() != Some("wet"));
            dish.push(("wet".into(), false.into()));
            rmpv::encode::write_value(&mut reply, &Value::Map(dish))?;
        } // anything else is the end of a requester: its name or nothing, to be answered all the same
        rep.send(reply, 0)?;
    }
}
