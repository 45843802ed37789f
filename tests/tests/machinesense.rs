//! The MachineSense dialect over real models.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use serde_json::{Value, json};
use vultus_e2e::{DataDir, Portraits, Server, base64, plain_client, sample_photo};

struct Client {
    base: String,
    api_key: String,
}

impl Client {
    async fn ask(&self, call: &str, photo: &[u8]) -> Value {
        let body = json!({"image": base64(photo), "api_key": self.api_key});
        let (status, answer) = self.post(call, &body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    async fn post(&self, call: &str, body: &Value) -> (u16, Value) {
        let address = format!("{}/faceapi/v1/{call}", self.base);
        let answer = plain_client().post(address).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test]
async fn portrait_is_described_in_whole_numbers() {
    let data = DataDir::default();
    let api_key = data.account("demo").machinesense_key;
    let server = Server::start(&data, &[]).await;
    let client = Client { base: server.base.clone(), api_key };
    let portraits = Portraits::cut(&data);
    let mut genders = 0;
    for portrait in portraits.of(3) {
        let age = client.ask("face_age_detection", portrait).await;
        assert_eq!((&age["result"], &age["code"]), (&json!("Ok"), &json!(0)), "{age}");
        assert!((18..70).contains(&age["data"]["age"].as_u64().unwrap()), "grown-ups: {age}");

        let expression = client.ask("face_expression_detection", portrait).await;
        let percentages = expression["data"].as_object().unwrap();
        assert_eq!(percentages.len(), 7);
        assert_eq!(percentages.values().map(|value| value.as_u64().unwrap()).sum::<u64>(), 100);

        let gender = client.ask("face_gender_detection", portrait).await;
        if gender["code"] == json!(32) {
            assert_eq!(gender["data"], json!({}), "nothing is made up");
        } else {
            assert!(["M", "F"].contains(&gender["data"]["gender"].as_str().unwrap()), "{gender}");
            assert!((65..=100).contains(&gender["data"]["genderProbability"].as_u64().unwrap()));
            genders += 1;
        }
    }
    assert!(genders > 0, "the gender of somebody is told");
}

#[tokio::test]
async fn errors_have_their_codes() {
    let data = DataDir::default();
    let api_key = data.account("demo").machinesense_key;
    std::fs::write(data.path().join("vultus.toml"), "[privacy]\ndemographics = false\n").unwrap();
    let server = Server::start(&data, &[]).await;
    let photo = sample_photo(1);
    let client = Client { base: server.base.clone(), api_key };
    assert_eq!(
        client.ask("face_age_detection", &photo).await["code"],
        40,
        "the operator has switched it off"
    );
    assert_eq!(client.ask("face_expression_detection", b"no photo").await["code"], 22);
    let stranger = Client { api_key: "wrong".to_owned(), ..client };
    assert_eq!(stranger.ask("face_expression_detection", &photo).await["code"], 12);
    assert_eq!(stranger.post("face_enrolment", &json!({})).await.0, 404);
}
