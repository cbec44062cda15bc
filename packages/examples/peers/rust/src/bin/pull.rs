//! Prints the dishes of a Pusher that sends one a frame: pull ENDPOINT
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[allow(dead_code)] // read by Debug alone
struct Dish {
    id: u64,
    name: String,
    #[serde(rename = "washedAt")]
    washed_at: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pull = zmq::Context::new().socket(zmq::PULL)?;
    pull.connect(&std::env::args().nth(1).ok_or("pull ENDPOINT")?)?;
    loop {
        let frames = pull.recv_multipart(0)?; // a payload, and its headers if any
        if frames[0].is_empty() {
            return Ok(()); // the end of the sender's stream
        }
        println!("{:?}", rmp_serde::from_slice::<Dish>(&frames[0]));
    }
}
