//! Asks a Replier about dishes, one at a time: req ENDPOINT COUNT
use rmpv::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let req = zmq::Context::new().socket(zmq::REQ)?;
    req.connect(&arguments[1])?;
    for id in 0..arguments[2].parse::<u64>()? {
        let dish = Value::Map(vec![
            ("id".into(), id.into()),
            ("name".into(), "plate".into()),
            ("wet".into(), true.into()),
        ]);
        let mut payload = Vec::new();
        rmpv::encode::write_value(&mut payload, &dish)?;
        req.send(payload, 0)?;
        let frames = req.recv_multipart(0)?;
        let answer = &mut frames.last().ok_or("no frame")?.as_slice(); // of an error reply: its headers
        println!("{}", rmpv::decode::read_value(answer)?);
    }
    Ok(())
}
