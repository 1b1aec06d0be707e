//! The page of the configuration.

use web::{ConfiguredSetting, ConfiguredValue, Settings};

use super::{browser_of, has};
use crate::client::{built_in, clients_with};

fn setting(key: &str, value: ConfiguredValue, origin: &str) -> ConfiguredSetting {
    let help = format!("what {key} is <b>for</b>");
    ConfiguredSetting { key: key.to_owned(), value, origin: origin.to_owned(), help }
}

#[tokio::test]
async fn administrators_see_every_setting_and_where_it_comes_from() {
    let text = |text: &str| ConfiguredValue::Text(text.to_owned());
    let configuration = vec![
        setting("http.listen", text("[::1]:80"), "--listen"),
        setting("http.public_url", ConfiguredValue::Nothing, "default"),
        setting("mail.user", text("<script>"), "domesday.toml:3"),
        setting(
            "mail.password",
            ConfiguredValue::Secret { is_set: true },
            "DOMESDAY_MAIL__PASSWORD",
        ),
        setting("mail.key", ConfiguredValue::Secret { is_set: false }, "default"),
    ];
    let settings = Settings { configuration: configuration.into(), ..Settings::default() };
    for client in clients_with(built_in, &settings).await {
        let alice = browser_of(&client, "alice").await;
        let page = alice.get("/-/system/configuration/").await.is(200);
        has(
            &page,
            &[
                "<h2>http</h2>",
                "<code>http.listen</code></th><td><code>[::1]:80</code></td><td><strong>--listen</strong>",
                "<code>http.public_url</code></th><td><span class=\"none\">not set</span></td><td>default<",
                "<h2>mail</h2>",
                "<code>&#60;script&#62;</code>",
                "<code>mail.password</code></th><td><span class=\"none\">set</span></td>",
                "<code>mail.key</code></th><td><span class=\"none\">not set</span></td>",
                "what mail.key is &#60;b&#62;for&#60;/b&#62;",
            ],
        );
        assert_eq!(page.text.matches("<h2>").count(), 2);
        has(&alice.get("/-/system/").await, &["href=\"/-/system/configuration/\""]);
    }
}
