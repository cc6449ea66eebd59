"""400 ordinary outputs without a secret in them: what commands, manuals, code and settings look like."""

import base64
import hashlib
import random
import uuid

_WRITTEN = r"""
total 24 drwxr-xr-x 3 ada ada 4096 Nov 28 10:00 secrets -rw-r--r-- 1 ada ada 12 Nov 28 10:00 password.txt
-rw------- 1 ada ada 2602 Nov 28 10:00 /home/ada/.ssh/id_ed25519
passwd:         files systemd
passwd: files
shadow: compat
password	[success=1 default=ignore]	pam_unix.so obscure yescrypt
password requisite pam_pwquality.so retry=3
PasswordAuthentication no
PermitRootLogin prohibit-password
PASS_MAX_DAYS	99999
root:x:0:0:root:/root:/bin/bash
sshd:x:110:65534::/run/sshd:/usr/sbin/nologin
Last password change					: Nov 28, 2026
Password expires					: never
Minimum number of days between password change		: 0
PWD=/home/ada/work
OLDPWD=/home/ada
SSH_AUTH_SOCK=/run/user/1000/ssh-agent.sock
XAUTHORITY=/home/ada/.Xauthority
LESSKEY=/home/ada/.less
KEYBOARD_LAYOUT=de
GPG_KEY=/home/ada/keys/pub.asc
GPG_TTY=/dev/pts/3
AWS_PROFILE=staging
TOKEN_URL=https://login.example.org/oauth2/token
PASSWORD_STORE_DIR=/home/ada/.password-store
PASSWORD_FILE=/run/secrets/db_password
POSTGRES_PASSWORD_FILE=/run/secrets/pg
PASSWORD=$DB_PASSWORD
PASSWORD="${DB_PASSWORD}"
export TOKEN=$(cat /run/secrets/token)
export API_KEY="$(pass show api)"
API_KEY=<your key>
API_KEY=your_api_key_here
API_KEY=YOUR_API_KEY
SECRET_KEY=changeme-please-or-else
PASSWORD=********
password: ****
password: xxxxxxxx
password: [hidden]
password: null
password: true
password: ""
"password": "",
"password": null,
"password": {"type": "string", "minLength": 8},
"password": "string",
"token": "string"
"token": null
"secret": false,
"tokens": 1234,
"max_tokens": 4096,
"usage": {"prompt_tokens": 12, "completion_tokens": 34, "total_tokens": 46}
"token_type": "Bearer",
"tokenizer": "cl100k_base",
"tokenEndpoint": "https://example.org/token"
"secretName": "db-credentials-v2"
"key": "value"
"keys": ["alpha", "beta"],
"primaryKey": "customer_id_2024"
"publicKey": "MCowBQYDK2VwAyEA9f86d081884c7d659a2feaa0c55ad015"
"public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnop1234567890ABCDEFGHIJKLM ada@host"
"cacheKey": "user-1234-profile"
"sort_key": "2026-11-28#42"
secretName: my-secret
secretKeyRef:
    secretKeyRef: {name: db, key: password}
          key: password
imagePullSecrets:
type: kubernetes.io/service-account-token
automountServiceAccountToken: false
Tokens:              build-token-x7k2p
Mountable secrets:   build-dockercfg-x7k2p
password:  12 bytes
ca.crt:     1107 bytes
token:      1194 bytes
db-credentials   Opaque   2      12d
NAME                  TYPE                                  DATA   AGE
default-token-abc12   kubernetes.io/service-account-token   3      400d
Password:
Password for 'https://ada@github.com':
[sudo] password for ada:
Enter passphrase for key '/home/ada/.ssh/id_ed25519':
Enter PEM pass phrase:
sudo: a password is required
sudo: 3 incorrect password attempts
su: Authentication failure
Permission denied (publickey,password).
ERROR: password authentication failed for user "ada"
FATAL:  no password supplied
error: invalid password: too short
error: password: must have at least 8 characters
Unexpected token: }
SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON
syntax error near unexpected token `('
bash: syntax error near unexpected token `newline'
parse error: token: EOF
The token has expired; run gh auth login
gh auth status: Token: gho_************************************
  -p, --password string   Password
      --password-stdin    Take the password from stdin
  -u, --username string   Username
  --password=PASSWORD     set the password
  --password PASSWORD     set the password
  --token TOKEN           the token to use
  --token <token>
  --token-file FILE       file with the token
  --api-key KEY           API key (default: $API_KEY)
  --secret id=mysecret,src=./token.txt
  --ask-password          prompt for a password
  --no-password           never prompt for a password
usage: tool [-h] [--user USER] [--password PASSWORD] [--token TOKEN] file
usage: mysql [OPTIONS] [database]; -p, --password[=name] Password to use when connecting
curl: -u, --user <user:password> Server user and password
curl -u user https://example.org
curl --user "$USER:$PASSWORD" https://example.org
curl -H "Authorization: Bearer $TOKEN" https://example.org
curl -H "Authorization: Bearer <token>" https://example.org
curl -H "Authorization: Bearer ${TOKEN}" https://example.org
curl -H "X-Api-Key: $API_KEY" https://example.org
docker run -u 1000:1000 alpine id
docker run -e PASSWORD alpine
docker login -u ada --password-stdin registry.example.org
mysql -u root -p shop
psql -U ada -W shop
ssh -i ~/.ssh/id_rsa ada@host
Authorization: required
Proxy-Authorization: none
authorization: Bearer token
WWW-Authenticate: Basic realm="example"
Access-Control-Allow-Headers: Authorization, X-Api-Key, Content-Type
Set-Cookie: flags are missing
Cookies: 3 set, 0 blocked
def login(user: str, password: str) -> bool:
def login(user, password=None, token=None):
    password = input("Password: ")
    password = getpass.getpass("Password: ")
    password = os.environ["DB_PASSWORD"]
    password = os.getenv("DB_PASSWORD", "")
    password = config.get("db", "password")
    password = request.form["password"]
    password = hash_password(password)
    password=password,
    password=self.password,
    password: str = ""
    password: Optional[str] = None
    password = None
    self.password = password
    user.password = data.password
    if password != confirm_password:
    if password == "":
    if token == expected:
    return check_password_hash(user.password, password)
    token = response.json()["access_token"]
    token = secrets.token_urlsafe(32)
    token = next(tokens)
    token = self.tokens[self.position]
    token = lexer.token()
    for token in tokens: print(token.type, token.value)
    secret = get_secret("db")
    secret_key = load_key(path)
    api_key: str | None = None
    api_key = settings.api_key
    access_key=args.access_key,
    key = lambda item: item[0]
    key=lambda item: item.name
    params = {"user": user, "password": password}
    payload = {'token': token, 'secret': secret}
    raise ValueError("password: must not be empty")
    print("token:", token)
    log.debug("password=%s", "***")
    logger.info(f"token={token}")
    assert_that(password).is_not_none()
    parser.add_argument("--password", help="password of the user")
    help="the token that the server gave you"
    field: PasswordInput = PasswordInput()
const password = document.getElementById("password");
const { password, token } = req.body;
const token = await getToken();
let token = localStorage.getItem('token');
  password: string;
  token: AuthToken;
  token: string | null,
  password: passwordSchema,
  token: process.env.TOKEN,
  password: z.string().min(8),
  password: Joi.string().required(),
  password: 'required|min:8',
<input type="password" name="password" placeholder="Password" autocomplete="current-password">
<label for="password">Password</label>
<password>${db.password}</password>
<password></password>
    "password": "Password",
    "password": "Passwort",
    "forgot_password": "Forgot your password?",
    "enter_password": "Enter your password",
password_reset: true
password_min_length: 12
password.policy.length=12
reset_password_token: sent
config.password_salt = nil
func (t *Token) String() string { return t.value }
type Credentials struct { User, Password string }
let token: Token = parser.next()?;
let password = rpassword::prompt_password("Password: ")?;
pub fn token(&self) -> &str
public void setPassword(String password) { this.password = password; }
private static final String PASSWORD = "password.property";
#define TOKEN_EOF 256
#define PASSWORD_PROMPT_MAX 80
enum { TOKEN_STRING, TOKEN_NUMBER };
yytoken = YYTRANSLATE (yychar);
_M_token = _S_token_char_class_name;
resource "random_password" "db" { length = 16 }
password = random_password.db.result
password = var.db_password
password = data.vault_generic_secret.db.data["password"]
password: "{{ vault_db_password }}"
password: !vault |
password: ${DB_PASSWORD}
POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}
token: ${{ secrets.GITHUB_TOKEN }}
GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}
with: {token: "${{ github.token }}"}
uses: actions/create-github-app-token@v1
commit 3089aa2d0f1e2b3c4d5e6f708192a3b4c5d6e7f8
Author: Ada Lovelace <ada@example.org>
    Fix the password reset: token was checked twice
    Rename secret_key to signing_key
a1b2c3d Add tests for password: strength and length
diff --git a/password.py b/password.py
index 3089aa2..0f1e2b3 100644
-    password = raw
+    password = raw.strip()
@@ -10,7 +10,7 @@ def password(value):
 src/auth/password.py | 12 ++++++------
 tests/test_token.py  |  3 +--
src/auth.py:12:5: E501 line too long (130 > 110)
src/auth.c:10:5: error: unknown type name 'token_t'
grep: password.txt: No such file or directory
PASS: test_password (0.01s)
PASS tests/token.test.js
PASS: gas/i386/align-branch-1b
ok 12 - password: rejects short ones
test auth::tests::token_is_refreshed ... ok
test result: ok. 12 passed; 0 failed; 0 ignored
=== RUN   TestPassword/too_short
12 passed, 1 skipped in 0.34s
Compiling secrecy v0.8.0
Requirement already satisfied: keyring in ./lib
keyring            25.2.1
secretstorage      3.3.3
python-jose        3.3.0
PyJWT              2.8.0
password-strength  0.0.3
tokenizers         0.19.1
sk-learn-estimator-doc-link sk-toggleable__label-arrow
sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnop1234567890ABCDEFGHIJKLM ada@host
256 SHA256:uNiVztksCsDhcc0u9e8BrrEeEW2OPyGFEDKkzHHVvNc ada@host (ED25519)
|1|abcdefghijklmnopqrstuvwxyz0=|abcdefghijklmnopqrstuvwxyz0= ssh-rsa AAAAB3NzaC1yc2E
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
-----BEGIN PGP SIGNATURE-----
uid           [ultimate] Ada Lovelace <ada@example.org>
pub   ed25519 2026-11-28 [SC] 9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B
Public-Key: (2048 bit)
Serial Number: 04:e1:f0:25
X509v3 Subject Key Identifier: 9F:86:D0:81:88:4C
Key-Type: RSA
Key: 4096 bits
host key: ecdsa-sha2-nistp256
registry.example.org:5000/app:1.2
http://127.0.0.1:8080/token
https://example.org/a:b/c@d
git@github.com:ada/token-service.git
https://ada@github.com/ada/repo.git
https://registry.npmjs.org:443/@scope/pkg/-/pkg-1.0.0.tgz
postgres://localhost:5432/shop
redis://cache:6379/0
tcp        0      0 127.0.0.1:5432          0.0.0.0:*               LISTEN      812/postgres
Filesystem     1K-blocks    Used Available Use% Mounted on
ada       1234  0.0  0.1  12345  6789 pts/0    Ss   10:00   0:00 -bash
root       812  0.0  0.3 21000 30000 ?  Ss  09:00  0:01 /usr/sbin/mysqld --pid-file=/run/mysqld/mysqld.pid
root       900  0.0  0.3 21000 30000 ?  Ss  09:00  0:01 gpg-agent --homedir /home/ann/.gnupg --use-standard-socket
ada       1300  0.0  0.0   9000  1000 pts/0  S+  10:00   0:00 grep --color=auto password
eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
inet6 fe80::1ff:fe23:4567:890a/64 scope link
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.045 ms
Nov 28 10:00:00 host sshd[812]: Accepted publickey for ada from 10.0.0.2 port 50000 ssh2: ED25519 SHA256:uNiVztks
Nov 28 10:00:00 host sshd[812]: Failed password for invalid user admin from 10.0.0.2 port 50000 ssh2
Nov 28 10:00:00 host sudo: pam_unix(sudo:auth): authentication failure; logname=ada uid=1000
10.0.0.2 - - [28/Nov/2026:10:00:00 +0000] "POST /token HTTP/1.1" 200 512 "-" "curl/8.5.0"
10.0.0.2 - - [28/Nov/2026:10:00:00 +0000] "GET /reset-password?step=2 HTTP/1.1" 200 512
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, password text NOT NULL, token uuid);
SELECT password FROM users WHERE token = $1;
ALTER TABLE users ADD COLUMN password_hash varchar(255);
 id | name | password_set
INSERT INTO users (name, password) VALUES (?, ?);
FOREIGN KEY (token_id) REFERENCES tokens (id)
Tokens per second: 42.7
cat token | base64 -d
echo "$PASSWORD" | sha256sum
pwgen 16 1 | pbcopy
pass show email/work
PASSWD(1)                        User Commands                       PASSWD(1)
The passwd command changes passwords for user accounts.
A password consists of 8 to 64 characters and must not be a word.
The password is stored in the keyring, the token in a file.
the secret: be kind
Secret: the art of naming
Set PWD so that shells have a hint about the real path
export TOKEN first, then run the tool
The password is required
    'Test2::Event::Pass'    => 'cpan',
pass = 12
key: value
monkey: banana
turkey=roast
compass: north
bypass=true
author: Ada
authority: 127.0.0.1
authenticated: true
accessKeyId: see console
keyId: 3
api: v1
apiVersion: v1
""".strip().split("\n")


def outputs() -> list[str]:
    """Return the outputs: those that were written down, and others that look random and are no secrets."""
    chance = random.Random(1)
    made = []
    for number in range(30):
        data = chance.randbytes(600)
        digest = hashlib.sha256(data)
        made += [
            f"{digest.hexdigest()}  release-1.{number}.tar.gz",
            f'"integrity": "sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}",',
            str(uuid.UUID(bytes=data[:16], version=4)),
            f"sha256:{digest.hexdigest()} app:{number} {number + 2} weeks ago 1.2GB",
            f"data:image/png;base64,{base64.b64encode(data).decode()}",
        ]
    return _WRITTEN + made
