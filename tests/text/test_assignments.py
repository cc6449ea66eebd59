"""What a name or a place gives away is masked; what only speaks of secrets is not."""

import json

import pytest

from hitl_cli.text.secrets.masking import Mask, StreamMask
from tests.text.ordinary import outputs

SECRET = "hunter2Xy"  # stands for the secret in each line

LINES = r"""
DB_PASSWORD=§
PASSWORD="§"
PASSWORD='§ with blanks'
export APP_SECRET=§
declare -x DEPLOY_TOKEN="§"
  POSTGRES_PASSWORD: §
+DB_PASS=§
SECRET_KEY_BASE=§
DefaultEndpointsProtocol=https;AccountName=x;AccountKey=§abc/def+ghi==;EndpointSuffix=core.windows.net
Server=tcp:db,1433;User ID=sa;Pwd=§;Encrypt=True
jdbc:mysql://db/x?user=app&password=§&ssl=true
{"client_id": "abc", "client_secret": "§"}
{\"password\": \"§\"}
    password: §
    password: "§: and more"
    token: §
password = §
  "auths": {"registry.example.org": {"auth": "§=="}}
//registry.npmjs.org/:_authToken=§
machine example.org login me password §
  password §
db.example.org:5432:shop:me:§
*:*:*:me:§
X-Api-Key: §
Private-Token: §
Set-Cookie: session=§; Path=/; HttpOnly
Cookie: theme=dark; session=§
curl -u name:§ https://example.org
curl -sS --user "name:§" https://example.org
curl -H 'Authorization: Bearer §' https://example.org
{"headers": {"Authorization": "Basic §"}}
mysql -uroot -p§ shop
sshpass -p '§' ssh me@host
docker login -u me -p § registry.example.org
redis-cli -a § ping
openssl rsa -in key.pem -passin pass:§
PGPASSWORD=§ psql -h db
requirepass §
ENV DB_PASSWORD §
tool --token § --verbose
tool --password=§
tool --api-key "§"
ALTER USER me WITH PASSWORD '§';
CREATE USER 'me'@'%' IDENTIFIED BY '§';
<password>§</password>
<add key="DbPassword" value="§" />
os.environ["API_KEY"] = "§"
const apiKey = '§';
config.password = "§"
:password => '§',
spring.datasource.password=§
"accessToken":"§"
otpauth://totp/me?secret=§&issuer=x
 password | §
| DB_PASSWORD | § |
DISCORD_BOT_TOKEN=§
PrivateKey = §abcdefghijklmnopqrstuvwxyzabcdefg=
https://example.org/blob?sv=2026&sig=§abcdefghijklmnop%3D
postgres://me:§@db/shop
define('DB_PASSWORD', '§');
ADMIN_PW=§
The temporary password is §
A temporary password is generated for root@localhost: §;x
set -gx DB_PASSWORD §
dsn: "host=db user=me password=§ dbname=x"
echo § | sudo -S reboot
openssl enc -aes-256-cbc -k § -in x
keytool -list -storepass § -keystore x
zip -P § x.zip y
https://x-access-token:§@github.com/me/repo
""".strip().split("\n")


@pytest.mark.parametrize("line", LINES)
def test_a_secret_after_its_name_is_masked(line: str) -> None:
    """In settings, output of programs, code, headers and commands; what is around it stays."""
    text, masked = Mask({}).applied(f"before\n{line.replace('§', SECRET)}\nafter\n")
    assert SECRET not in text
    assert len(masked) == 1
    assert text.startswith(f"before\n{line.partition('§')[0]}"[:8])
    assert text.endswith("\nafter\n")
    assert Mask({}).applied(text)[0] == text


@pytest.mark.parametrize(
    "line", ["DB_PASSWORD=§", "POSTGRES_PASSWORD: §", "password: §", "login.password=§", '"password": "§"']
)
@pytest.mark.parametrize("word", ["letmein", "correcthorse", "pässwörtchen", "1234"])
def test_a_weak_password_is_one(line: str, word: str) -> None:
    """A plain word too, where nothing but a setting looks like that."""
    assert word not in Mask({}).applied(line.replace("§", word))[0]


@pytest.mark.parametrize("size", [1, 7, 40, 4096])
def test_a_secret_on_the_line_below_its_name_is_masked(size: int) -> None:
    """As in the settings of a container, also where a stream is cut between them."""
    lines = "env:\n  - name: DB_PASSWORD\n    value: §\n  - name: HOST\n    value: db\n  - name: A_TOKEN\n    from: x\n"
    data = lines.replace("§", SECRET).encode()
    expected = lines.replace("§", "[password: masked]")
    assert Mask({}).applied(data.decode()) == (expected, ("password",))
    passing = StreamMask(Mask({}))
    told = b"".join(passing.feed(data[at : at + size]) for at in range(0, len(data), size)) + passing.rest()
    assert told.decode() == expected


def test_ordinary_outputs_are_left_alone() -> None:
    """None of 400 is changed."""
    ordinary = outputs()
    assert len(ordinary) >= 400
    mask = Mask({})
    assert {text: found for text in ordinary if (found := mask.applied(text)[1])} == {}
    whole = "\n".join(ordinary)
    assert mask.applied(whole) == (whole, ())


def test_json_stays_json() -> None:
    """What is masked in a document leaves one that can be read."""
    document = {"user": "me", "password": f"{SECRET}\"'", "nested": [{"client_secret": SECRET, "size": 1}]}
    text, masked = Mask({}).applied(json.dumps(document, indent=2))
    assert json.loads(text)["nested"][0]["size"] == 1
    assert masked == ("password", "secret")
