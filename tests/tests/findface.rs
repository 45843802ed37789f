//! The FindFace dialect over real models: the scenario, both dialects on one store, and its switches.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vultus_e2e::scenario::{Target, replay};
use vultus_e2e::{DataDir, FindFace, Kairos, Portraits, Server, base64, workspace};

fn scenario() -> PathBuf {
    workspace().join("tests/scenarios/findface.json")
}

fn photos() -> PathBuf {
    workspace().join(".cache/photos")
}

/// Against the built server, or against the one in `VULTUS_BASE_URL` with the token in `VULTUS_TOKEN`, which must
/// be that of an account without faces.
#[tokio::test]
async fn the_scenario_goes_as_written() {
    let mut local = None;
    let target = if let Ok(base) = std::env::var("VULTUS_BASE_URL") {
        Target { base, token: std::env::var("VULTUS_TOKEN").unwrap() }
    } else {
        let data = DataDir::default();
        let token = data.account("scenario").findface_token;
        let server = Server::start(&data, &[]).await;
        let base = server.base.clone();
        local = Some((server, data));
        Target { base, token }
    };
    let steps = replay(&scenario(), &photos(), &target).await.unwrap();
    assert!(steps > 40, "{steps}");
    drop(local);
}

#[tokio::test]
async fn the_scenario_fails_where_an_answer_is_wrong() {
    let data = DataDir::default();
    let server = Server::start(&data, &[]).await;
    let target = Target { base: server.base.clone(), token: "wrong".to_owned() };
    let failed = replay(&scenario(), &photos(), &target).await.unwrap_err();
    assert!(failed.contains("the account has no faces") && failed.contains("401"), "{failed}");
    assert!(replay(Path::new("none.json"), &photos(), &target).await.is_err());
}

#[tokio::test]
async fn both_dialects_see_one_store() {
    let data = DataDir::default();
    let account = data.account("both");
    let server = Server::start(&data, &[]).await;
    let (kairos, findface) =
        (Kairos::new(&server, &account.kairos), FindFace::new(&server, &account.findface_token));
    let portraits = Portraits::cut(&data);
    let (one, other) = (&portraits.of(3)[0], &portraits.of(3)[1]);

    kairos.enrol(one, "Elizabeth", "MyGallery").await;
    let answer = findface.post("/v0/identify", json!({ "photo": base64(one) })).await;
    let found = answer["results"].as_object().unwrap().values().next().unwrap();
    assert_eq!(found[0]["face"]["meta"], "Elizabeth", "{answer}");
    assert_eq!(found[0]["face"]["galleries"], json!(["default", "MyGallery"]));

    let body = json!({ "photo": base64(other), "meta": "Sam", "galleries": ["MyGallery"] });
    let added = findface.post("/v0/face", body).await;
    let recognise = async || {
        let body = json!({ "image": base64(other), "gallery_name": "MyGallery" });
        kairos.post("/recognize", body).await["images"][0]["transaction"]["subject_id"].clone()
    };
    assert_eq!(recognise().await, "Sam");
    let id = &added["results"][0]["id"];
    assert_eq!(findface.delete(&format!("/v0/face/id/{id}")).await, 204);
    assert_eq!(recognise().await, Value::Null);
}

#[tokio::test]
async fn a_dialect_is_mounted_and_another_switched_off() {
    let data = DataDir::default();
    let account = data.account("mounted");
    let config = "[dialects.kairos]\nenabled = false\n[dialects.findface]\nprefix = \"/findface\"\n";
    std::fs::write(data.path().join("vultus.toml"), config).unwrap();
    let server = Server::start(&data, &[]).await;
    let findface = FindFace::new(&server, &account.findface_token);
    assert_eq!(findface.get("/findface/v1/galleries").await, (200, json!({ "results": ["default"] })));
    assert_eq!(findface.get("/v1/galleries").await.0, 404);
    let kairos = Kairos::new(&server, &account.kairos);
    assert_eq!(kairos.try_post("/gallery/list_all", &json!({})).await.unwrap().0, 404);
}
