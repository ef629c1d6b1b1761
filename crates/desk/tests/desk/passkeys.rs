//! Passkeys of staff, with a device that answers as the standard has it (WebAuthn Level 3).

use data_encoding::BASE64URL_NOPAD;
use desk::{Entered, GivenFactor, SecondStep};
use domain::{
    Actor, Cursor, Error, FactorDuty, LedgerData, LedgerEntry, LedgerOf, LoginKind, MAX_PASSKEYS, Passkey, Result,
    Role, TokenDraft,
};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

use crate::support::{Bench, PASSWORD, client, on_both_databases};

const ORIGIN: &str = "https://desk.example.org";

/// Flags of what a device says (6.1): somebody was there, they were verified, a new key follows.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const NEW_KEY: u8 = 1 << 6;

/// A device with one key.
struct Device {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    /// What it signed so far; one that does not count says 0.
    counter: u32,
    flags: u8,
    origin: &'static str,
}

impl Device {
    fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let secret = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, secret.as_ref(), &random).unwrap();
        Self { key, id: id.as_bytes().to_vec(), counter: 1, flags: PRESENT | VERIFIED, origin: ORIGIN }
    }

    fn says(&self, flags: u8) -> Vec<u8> {
        let name = digest(&SHA256, b"desk.example.org");
        [name.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn asked(&self, kind: &str, options: &str) -> Vec<u8> {
        let options: Value = serde_json::from_str(options).unwrap();
        let asked =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        asked.to_string().into_bytes()
    }

    /// Makes its key known (7.1), in CBOR (RFC 8949): a map of x and y, and one without attestation around it.
    fn make(&self, options: &str) -> String {
        let public = self.key.public_key().as_ref();
        let (x, y) = public[1..].split_at(32);
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], x, &[0x22, 0x58, 32], y].concat();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let said = [&self.says(self.flags | NEW_KEY)[..], &[0; 16], &length, &self.id, &key].concat();
        let head =
            [&[0xa3, 0x63][..], b"fmt", &[0x64], b"none", &[0x67], b"attStmt", &[0xa0, 0x68], b"authData"].concat();
        let object = [&head[..], &[0x58, u8::try_from(said.len()).unwrap()], &said].concat();
        let response = json!({
            "clientDataJSON": BASE64URL_NOPAD.encode(&self.asked("webauthn.create", options)),
            "attestationObject": BASE64URL_NOPAD.encode(&object),
            "transports": ["internal"],
        });
        self.answer(&response)
    }

    /// Signs a challenge (7.2).
    fn sign(&mut self, options: &str) -> String {
        if self.counter > 0 {
            self.counter += 1;
        }
        let (said, asked) = (self.says(self.flags), self.asked("webauthn.get", options));
        let signed = [&said[..], digest(&SHA256, &asked).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let response = json!({
            "clientDataJSON": BASE64URL_NOPAD.encode(&asked),
            "authenticatorData": BASE64URL_NOPAD.encode(&said),
            "signature": BASE64URL_NOPAD.encode(signature.as_ref()),
            "userHandle": null,
        });
        self.answer(&response)
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64URL_NOPAD.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
            .to_string()
    }
}

fn passkey(answer: &str) -> GivenFactor<'_> {
    GivenFactor { code: "", passkey: answer, origin: ORIGIN }
}

/// Whoever has no second factor gives none.
fn nothing() -> GivenFactor<'static> {
    passkey("")
}

/// The first passkey of somebody who is logged in; whether it was their first second factor.
async fn add(bench: &Bench, actor: &Actor, device: &Device, given: GivenFactor<'_>) -> Result<bool> {
    let factors = bench.desk.factors();
    factors.begin_passkey(actor, "Phone", (PASSWORD, given), &client(8)).await?;
    let waiting = factors.passkey_waiting(actor).await.unwrap().unwrap();
    assert_eq!(waiting.name, "Phone");
    factors.finish_passkey(actor, &device.make(&waiting.options), ORIGIN).await
}

async fn member(bench: &Bench, name: &str) -> (Actor, Device, Vec<String>) {
    let actor = bench.log_in_staff(&bench.staff(name, Role::Agent).await).await.actor;
    let device = Device::new(name);
    assert!(add(bench, &actor, &device, nothing()).await.unwrap());
    let codes = bench.desk.factors().show_codes(&actor).await.unwrap();
    (actor, device, codes)
}

async fn half(bench: &Bench, name: &str) -> SecondStep {
    match bench.desk.users().enter(name, PASSWORD, &client(1), LoginKind::Browser).await.unwrap() {
        Entered::NeedsFactor(proof) => proof,
        Entered::In(_) => panic!("let in by a password alone"),
    }
}

async fn asked(bench: &Bench, proof: &SecondStep) -> String {
    bench.desk.users().ask_passkey(proof.as_str(), ORIGIN).await.unwrap().unwrap()
}

async fn give(bench: &Bench, proof: &SecondStep, given: GivenFactor<'_>) -> Result<Actor> {
    let users = bench.desk.users();
    users.second_step(proof.as_str(), given, &client(1), LoginKind::Browser).await.map(|logged_in| logged_in.actor)
}

async fn asked_inside(bench: &Bench, actor: &Actor) -> String {
    bench.desk.factors().ask_passkey(actor, ORIGIN).await.unwrap().unwrap()
}

fn says<T>(answer: &Result<T>, words: &str) -> bool {
    let fields = answer.as_ref().err().and_then(Error::fields);
    fields.is_some_and(|fields| fields.of("factor_passkey").iter().any(|sentence| sentence.contains(words)))
}

fn is_wrong<T>(answer: &Result<T>) -> bool {
    says(answer, "was not accepted")
}

fn is_late<T>(answer: &Result<T>) -> bool {
    says(answer, "took too long")
}

async fn ledger(bench: &Bench) -> Vec<LedgerEntry> {
    let ledger = bench.desk.ledger();
    ledger.list(&Actor::command_line(), LedgerOf::Desk, Cursor::First, 100).await.unwrap().items
}

async fn own(bench: &Bench, actor: &Actor) -> Vec<Passkey> {
    bench.desk.factors().passkeys(actor).await.unwrap()
}

on_both_databases! {
    async fn a_passkey_is_a_second_factor(bench) {
        let factors = bench.desk.factors();
        let eva = bench.staff("eva", Role::Agent).await;
        let elsewhere = bench.log_in_staff(&eva).await;
        let eva = bench.log_in_staff(&eva).await.actor;
        let mut device = Device::new("eva");
        assert!(add(&bench, &eva, &device, nothing()).await.unwrap());
        assert!(bench.desk.sessions().authenticate(&elsewhere.tokens.access).await.is_err(), "other sessions end");
        assert_eq!(factors.show_codes(&eva).await.unwrap().len(), 10);
        let known = factors.of(&eva, eva.id.unwrap()).await.unwrap().unwrap();
        assert_eq!((known.has_app, known.passkeys, known.codes), (false, 1, 10));
        let [Passkey { name, used_at: None, .. }] = &own(&bench, &eva).await[..] else { panic!() };
        assert_eq!(name, "Phone");
        assert_eq!(ledger(&bench).await[0].data, LedgerData::PasskeyAdded { name: name.clone() });

        let proof = half(&bench, "eva").await;
        let options = asked(&bench, &proof).await;
        assert_eq!(asked(&bench, &proof).await, options, "a page that is opened twice works in both places");
        let answer = device.sign(&options);
        let inside = give(&bench, &proof, passkey(&answer)).await.unwrap();
        assert_eq!((inside.id, inside.needs_factor), (eva.id, false));
        assert_eq!(own(&bench, &eva).await[0].used_at, Some(bench.desk.now()));
        // It counts once.
        assert!(is_late(&give(&bench, &proof, passkey(&answer)).await));
        let next = asked(&bench, &proof).await;
        assert_ne!(next, options);
        assert!(is_wrong(&give(&bench, &proof, passkey(&answer)).await), "an answer to another challenge");
        assert_eq!(ledger(&bench).await[0].data, LedgerData::FactorRefused { whom: "eva".into() });
        // What was answered wrongly cannot be answered any more.
        assert!(is_late(&give(&bench, &proof, passkey(&device.sign(&next))).await));
        let answer = device.sign(&asked(&bench, &proof).await);
        give(&bench, &proof, passkey(&answer)).await.unwrap();
    }

    async fn of_two_with_the_same_answer_one_is_let_in(bench) {
        let (_, mut device, _) = member(&bench, "eva").await;
        let proof = half(&bench, "eva").await;
        let answer = device.sign(&asked(&bench, &proof).await);
        let both = [&answer, &answer].map(|answer| give(&bench, &proof, passkey(answer)));
        let answers = futures::future::join_all(both).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|answer| is_late(answer)).count(), 1);
    }

    async fn what_a_passkey_answers_is_for_one_person_one_address_and_one_purpose(bench) {
        let (eva, mut device, _) = member(&bench, "eva").await;
        let (_, mut bens, _) = member(&bench, "ben").await;
        let proof = half(&bench, "eva").await;
        let try_with = async |device: &mut Device| {
            let answer = device.sign(&asked(&bench, &proof).await);
            give(&bench, &proof, passkey(&answer)).await
        };
        assert!(is_wrong(&try_with(&mut bens).await), "another person's key");
        let id = std::mem::replace(&mut bens.id, device.id.clone());
        assert!(is_wrong(&try_with(&mut bens).await), "another key by the same name");
        bens.id = id;
        device.origin = "https://desk.example.org.evil.example";
        assert!(is_wrong(&try_with(&mut device).await), "at another address");
        device.origin = ORIGIN;
        device.flags = PRESENT;
        assert!(is_wrong(&try_with(&mut device).await), "nobody was verified");
        device.flags = PRESENT | VERIFIED;
        // What was asked for something else, of the same person.
        let inside = device.sign(&asked_inside(&bench, &eva).await);
        asked(&bench, &proof).await;
        assert!(is_wrong(&give(&bench, &proof, passkey(&inside)).await));
        let outside = device.sign(&asked(&bench, &proof).await);
        asked_inside(&bench, &eva).await;
        let other = bench.desk.factors().new_codes(&eva, (PASSWORD, passkey(&outside)), &client(8)).await;
        assert!(is_wrong(&other));
        // Another log-in of hers, another challenge.
        bench.advance(1);
        let second = half(&bench, "eva").await;
        assert_ne!(second.as_str(), proof.as_str());
        let answer = device.sign(&asked(&bench, &second).await);
        assert!(is_wrong(&give(&bench, &proof, passkey(&answer)).await));
        give(&bench, &second, passkey(&answer)).await.unwrap();
        // What is no answer at all.
        for nonsense in ["{}", "no", "[1]"] {
            assert!(says(&give(&bench, &proof, passkey(nonsense)).await, "cannot be read"), "{nonsense}");
        }
        // One that comes too late is not counted as wrong, and not taken.
        let answer = device.sign(&asked(&bench, &second).await);
        bench.advance(301);
        assert_eq!(give(&bench, &second, passkey(&answer)).await.unwrap_err(), Error::Unauthenticated, "so is the log-in");
        let answer = device.sign(&asked_inside(&bench, &eva).await);
        bench.advance(301);
        let late = bench.desk.factors().new_codes(&eva, (PASSWORD, passkey(&answer)), &client(8)).await;
        assert!(is_late(&late));
        let answer = device.sign(&asked_inside(&bench, &eva).await);
        bench.desk.factors().new_codes(&eva, (PASSWORD, passkey(&answer)), &client(8)).await.unwrap();
    }

    async fn a_counter_that_goes_backwards_is_refused_and_noted(bench) {
        let (_, mut device, _) = member(&bench, "eva").await;
        let proof = half(&bench, "eva").await;
        let answer = device.sign(&asked(&bench, &proof).await);
        give(&bench, &proof, passkey(&answer)).await.unwrap();
        let copied = LedgerData::PasskeyCopied { whom: "eva".into(), name: "Phone".into() };
        // A copy that was made before, once behind and once with the same count.
        for behind in [2, 1] {
            device.counter -= behind;
            let answer = device.sign(&asked(&bench, &proof).await);
            assert!(is_wrong(&give(&bench, &proof, passkey(&answer)).await));
            let last = &ledger(&bench).await[0];
            assert_eq!((&last.data, last.address.as_deref()), (&copied, Some(client(1).as_str())));
            device.counter += behind - 1;
        }
        // Of two with the same count and challenges that were made before either, the second is one, too.
        bench.advance(1);
        let other = half(&bench, "eva").await;
        let both = [asked(&bench, &proof).await, asked(&bench, &other).await];
        device.counter += 5;
        let count = device.counter;
        let first = device.sign(&both[0]);
        give(&bench, &proof, passkey(&first)).await.unwrap();
        device.counter = count;
        let second = device.sign(&both[1]);
        assert!(is_wrong(&give(&bench, &other, passkey(&second)).await));
        assert_eq!(ledger(&bench).await[0].data, copied);
        // Devices that do not count say 0 for ever.
        let (_, mut device, _) = {
            let actor = bench.log_in_staff(&bench.staff("ben", Role::Agent).await).await.actor;
            let device = Device { counter: 0, ..Device::new("ben") };
            add(&bench, &actor, &device, nothing()).await.unwrap();
            (actor, device, ())
        };
        let proof = half(&bench, "ben").await;
        for _ in 0..2 {
            let answer = device.sign(&asked(&bench, &proof).await);
            give(&bench, &proof, passkey(&answer)).await.unwrap();
        }
    }

    async fn wrong_ones_are_limited_as_passwords_are(bench) {
        let (_, mut device, _) = member(&bench, "eva").await;
        let mut other = Device::new("other");
        let proof = half(&bench, "eva").await;
        for _ in 0..10 {
            let answer = other.sign(&asked(&bench, &proof).await);
            assert!(is_wrong(&give(&bench, &proof, passkey(&answer)).await));
        }
        let answer = device.sign(&asked(&bench, &proof).await);
        assert!(matches!(give(&bench, &proof, passkey(&answer)).await, Err(Error::TooManyAttempts { .. })));
    }

    async fn one_more_takes_a_second_factor_and_the_last_one_switches_it_off(bench) {
        let factors = bench.desk.factors();
        let (eva, mut device, codes) = member(&bench, "eva").await;
        let id = own(&bench, &eva).await[0].id;
        let second = Device::new("second");
        let without = add(&bench, &eva, &second, nothing()).await;
        assert!(!without.unwrap_err().fields().unwrap().of("factor_code").is_empty(), "a password is not enough");
        let given = device.sign(&asked_inside(&bench, &eva).await);
        let wrong = factors.begin_passkey(&eva, "Key", ("wrong horse", passkey(&given)), &client(8)).await.unwrap_err();
        assert!(!wrong.fields().unwrap().of("current_password").is_empty());
        assert!(!add(&bench, &eva, &second, passkey(&given)).await.unwrap(), "no new recovery codes");
        assert!(factors.show_codes(&eva).await.unwrap().is_empty());
        // Its name is its owner's, and has one.
        let code = GivenFactor { origin: ORIGIN, ..GivenFactor::code(&codes[0]) };
        let nameless = factors.begin_passkey(&eva, " ", (PASSWORD, code), &client(8)).await;
        assert!(!nameless.unwrap_err().fields().unwrap().of("name").is_empty());
        // An app goes beside them.
        let given = device.sign(&asked_inside(&bench, &eva).await);
        let bare = factors.begin(&eva, (PASSWORD, nothing()), &client(8)).await;
        assert!(bare.is_err());
        factors.begin(&eva, (PASSWORD, passkey(&given)), &client(8)).await.unwrap();
        // Somebody else's is not there.
        let (ben, mut bens, _) = member(&bench, "ben").await;
        let given = bens.sign(&asked_inside(&bench, &ben).await);
        let refused = factors.remove_passkey(&ben, id, (PASSWORD, passkey(&given)), &client(8)).await;
        assert_eq!(refused.unwrap_err(), Error::NotFound);
        let remove = async |device: &mut Device, id| {
            let given = device.sign(&asked_inside(&bench, &eva).await);
            factors.remove_passkey(&eva, id, (PASSWORD, passkey(&given)), &client(8)).await
        };
        let mut second = second;
        assert!(!remove(&mut second, id).await.unwrap());
        assert_eq!(ledger(&bench).await[0].data, LedgerData::PasskeyRemoved { name: "Phone".into() });
        // It opens nothing any more.
        let proof = half(&bench, "eva").await;
        let answer = device.sign(&asked(&bench, &proof).await);
        assert!(is_wrong(&give(&bench, &proof, passkey(&answer)).await));
        let last = own(&bench, &eva).await[0].id;
        assert!(remove(&mut second, last).await.unwrap());
        let kinds: Vec<_> = ledger(&bench).await.into_iter().take(2).map(|entry| entry.data).collect();
        assert_eq!(kinds, [LedgerData::FactorRemoved { whom: String::new() }, LedgerData::PasskeyRemoved { name: "Phone".into() }]);
        bench.desk.users().log_in("eva", PASSWORD, &client(1), LoginKind::Browser).await.unwrap();
    }

    async fn a_new_one_is_made_for_one_session_once(bench) {
        let factors = bench.desk.factors();
        let member = bench.staff("eva", Role::Agent).await;
        let eva = bench.log_in_staff(&member).await.actor;
        let elsewhere = bench.log_in_staff(&member).await.actor;
        let begin = async || factors.begin_passkey(&eva, "Phone", (PASSWORD, nothing()), &client(8)).await.unwrap();
        let waiting = async || factors.passkey_waiting(&eva).await.unwrap().unwrap().options;
        let device = Device::new("eva");
        begin().await;
        assert!(factors.passkey_waiting(&elsewhere).await.unwrap().is_none());
        let answer = device.make(&waiting().await);
        assert!(is_late(&factors.finish_passkey(&elsewhere, &answer, ORIGIN).await), "another session's");
        let elsewhere_made = Device { origin: "https://evil.example", ..Device::new("eva") }.make(&waiting().await);
        assert!(says(&factors.finish_passkey(&eva, &elsewhere_made, ORIGIN).await, "did not answer as it should"));
        assert!(is_late(&factors.finish_passkey(&eva, &answer, ORIGIN).await), "a challenge is answered once, well or not");
        begin().await;
        let unverified = Device { flags: PRESENT, ..Device::new("eva") }.make(&waiting().await);
        assert!(says(&factors.finish_passkey(&eva, &unverified, ORIGIN).await, "did not answer as it should"));
        begin().await;
        let answer = device.make(&waiting().await);
        bench.advance(301);
        assert!(is_late(&factors.finish_passkey(&eva, &answer, ORIGIN).await));
        assert!(factors.of(&eva, eva.id.unwrap()).await.unwrap().is_none(), "nothing changed");
        begin().await;
        factors.finish_passkey(&eva, &device.make(&waiting().await), ORIGIN).await.unwrap();
        // The same key is nobody else's.
        let ben = bench.log_in_staff(&bench.staff("ben", Role::Agent).await).await.actor;
        assert!(matches!(add(&bench, &ben, &device, nothing()).await, Err(Error::Conflict { .. })));
        assert!(factors.of(&ben, ben.id.unwrap()).await.unwrap().is_none());
        // There are so many of somebody and no more.
        for number in 1..=MAX_PASSKEYS {
            let device = Device::new(&format!("ben {number}"));
            let code = if number == 1 { Vec::new() } else { factors.show_codes(&ben).await.unwrap() };
            let code = code.into_iter().next().unwrap_or_default();
            let given = GivenFactor { origin: ORIGIN, ..GivenFactor::code(&code) };
            add(&bench, &ben, &device, given).await.unwrap();
            let known = factors.of(&ben, ben.id.unwrap()).await.unwrap().unwrap();
            assert_eq!(known.passkeys, number);
            let mut device = device;
            let answer = device.sign(&asked_inside(&bench, &ben).await);
            factors.new_codes(&ben, (PASSWORD, passkey(&answer)), &client(8)).await.unwrap();
        }
        let codes = factors.show_codes(&ben).await.unwrap();
        let code = GivenFactor { origin: ORIGIN, ..GivenFactor::code(&codes[0]) };
        assert!(matches!(add(&bench, &ben, &Device::new("one more"), code).await, Err(Error::Conflict { .. })));
    }

    async fn they_are_taken_away_with_the_others(bench) {
        let (eva, _, _) = member(&bench, "eva").await;
        let id = eva.id.unwrap();
        assert_eq!(bench.desk.factors().take_away(&Actor::command_line(), id).await.unwrap(), 1);
        bench.desk.users().log_in("eva", PASSWORD, &client(1), LoginKind::Browser).await.unwrap();
        let eva = bench.log_in_staff(&eva).await.actor;
        assert!(own(&bench, &eva).await.is_empty());
        let (ana, program) = (bench.customer("ana").await, {
            let draft = TokenDraft { name: "x".into(), ttl: Some(3600), is_read_only: false };
            let token = bench.desk.api_tokens().make_for(&Actor::command_line(), id, &draft).await.unwrap();
            bench.desk.api_tokens().authenticate(&token.token).await.unwrap()
        });
        for other in [ana, program] {
            let factors = bench.desk.factors();
            let begun = factors.begin_passkey(&other, "x", (PASSWORD, nothing()), &client(8)).await;
            assert!(matches!(begun, Err(Error::Forbidden { .. })));
            assert!(matches!(factors.finish_passkey(&other, "{}", ORIGIN).await, Err(Error::Forbidden { .. })));
            assert!(matches!(factors.passkeys(&other).await, Err(Error::Forbidden { .. })));
            let removed = factors.remove_passkey(&other, domain::PasskeyId(1), (PASSWORD, nothing()), &client(8)).await;
            assert!(matches!(removed, Err(Error::Forbidden { .. })));
        }
    }

    async fn one_is_enough_where_a_second_factor_is_asked_for(bench) {
        let member = bench.staff("eva", Role::Agent).await;
        let Bench { desk, mut config, folder, .. } = bench;
        drop(desk);
        config.require_second_factor = FactorDuty::Staff;
        let bench = Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, folder, bucket: None };
        let eva = bench.log_in_staff(&member).await;
        assert!(eva.actor.needs_factor);
        add(&bench, &eva.actor, &Device::new("eva"), nothing()).await.unwrap();
        assert!(!bench.desk.sessions().authenticate(&eva.tokens.access).await.unwrap().actor.needs_factor);
    }

    async fn they_work_where_the_desk_has_a_name_and_https(bench) {
        let factors = bench.desk.factors();
        for good in [ORIGIN, "https://desk.example.org:8443", "http://localhost:8000", "http://desk.localhost"] {
            factors.passkeys_work(good).unwrap();
        }
        let eva = bench.log_in_staff(&bench.staff("eva", Role::Agent).await).await.actor;
        for bad in ["http://desk.example.org", "http://127.0.0.1:8000", "https://192.0.2.1", "http://[::1]:8000", ""] {
            let given = GivenFactor { origin: bad, ..nothing() };
            let refused = factors.begin_passkey(&eva, "x", (PASSWORD, given), &client(8)).await.unwrap_err();
            assert!(refused.to_string().contains("PINDESK_PUBLIC_URL"), "{bad}: {refused}");
        }
        // Who has one and comes by another address is not asked for it, and gives a code.
        let (_, _, codes) = member(&bench, "ben").await;
        let proof = half(&bench, "ben").await;
        assert!(bench.desk.users().ask_passkey(proof.as_str(), "http://127.0.0.1:8000").await.unwrap().is_none());
        give(&bench, &proof, GivenFactor::code(&codes[0])).await.unwrap();
        assert!(bench.desk.users().ask_passkey("1.2.3", ORIGIN).await.unwrap().is_none(), "nobody is asked without a first step");
    }

    async fn a_restored_desk_knows_them_and_no_challenge_of_before(bench) {
        let (_, mut device, codes) = member(&bench, "eva").await;
        let proof = half(&bench, "eva").await;
        let before = asked(&bench, &proof).await;
        let made = bench.desk.back_up(&Actor::command_line(), None).await.unwrap();
        let Bench { desk, config, folder, .. } = bench;
        drop(desk);
        crate::support::eventually(async || desk::restore(&config, &made.path, true).await).await;
        let bench = Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, folder, bucket: None };
        let proof = half(&bench, "eva").await;
        let answer = device.sign(&before);
        assert!(is_late(&give(&bench, &proof, passkey(&answer)).await));
        assert!(give(&bench, &proof, GivenFactor::code(&codes[0])).await.is_err(), "codes are void after a restore");
        let answer = device.sign(&asked(&bench, &proof).await);
        give(&bench, &proof, passkey(&answer)).await.unwrap();
    }
}
