//! Pushes dishes to a Puller: push ENDPOINT COUNT
use serde::Serialize;
use std::time::SystemTime;

#[derive(Serialize)]
struct Dish {
    id: u64,
    name: &'static str,
    #[serde(rename = "washedAt")]
    washed_at: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let push = zmq::Context::new().socket(zmq::PUSH)?;
    push.connect(&arguments[1])?;
    for id in 0..arguments[2].parse()? {
        let washed_at = SystemTime::UNIX_EPOCH.elapsed()?.as_millis() as u64;
        let dish = Dish { id, name: "plate", washed_at };
        push.send(rmp_serde::to_vec_named(&dish)?, 0)?;
    }
    push.send("", 0)?; // the end of this sender's stream
    Ok(()) // the context, dropped here, waits until all is sent
}
