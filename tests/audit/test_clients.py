"""Clients in every form that a setting may have, and what is none."""

from base64 import b64encode

import pytest

from tests.audit.grounds import DATABASE, SERVER, clients_of, config, pod


def the_use(*texts):
    [use] = clients_of(SERVER, DATABASE, *texts).uses
    return use


@pytest.mark.parametrize(
    "host",
    [
        "cache.data",
        "cache.data.svc",
        "cache.data.svc.cluster.local",
        "cache.data.svc.cluster.local.",
        "cache.data.svc.example.org",
        "cache-0.cache.data.svc",
    ],
)
def test_a_service_in_every_form(host):
    use = the_use(pod(f"env: [{{name: REDIS_HOST, value: {host}}}]"))

    assert (use.address.namespace, use.address.name, use.address.known) == ("data", "cache", True)


def test_a_short_name_counts_in_its_own_namespace():
    spec = "env: [{name: REDIS_HOST, value: cache}]"

    assert the_use(pod(spec, namespace="data")).address.name == "cache"
    assert clients_of(SERVER, pod(spec, namespace="app")).uses == ()


def test_an_external_name_leads_on():
    alias = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: alias, namespace: app}\n"
        "spec: {type: ExternalName, externalName: cache.data.svc.cluster.local}\n"
    )

    use = the_use(alias, pod("env: [{name: REDIS_HOST, value: alias}]"))

    assert use.address.name == "cache"


def test_external_names_in_a_circle_end():
    alias = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: alias, namespace: app}\n"
        "spec: {type: ExternalName, externalName: alias.app.svc}\n"
    )

    assert the_use(alias, pod("env: [{name: REDIS_HOST, value: alias}]")).address.name == "alias"


@pytest.mark.parametrize(
    ("url", "database", "auth", "tls"),
    [
        ("redis://cache.data:6379/3", "3", "no", False),
        ("redis://:secret@cache.data:6379/3", "3", "yes", False),
        ("redis://user:secret@cache.data/3?x=1", "3", "yes", False),
        ("rediss://cache.data:6379", "0", "no", True),
        ("valkey://cache.data:6379?db=4", "4", "no", False),
        ("redis://cache.data?password=secret&db=4", "4", "yes", False),
        ("redis+sentinel://cache.data:26379,other.data:26379/2", "2", "no", False),
    ],
)
def test_urls(url, database, auth, tls):
    use = next(
        use
        for use in clients_of(SERVER, pod(f"env: [{{name: URL, value: '{url}'}}]")).uses
        if use.address and use.address.name == "cache"
    )

    assert (use.database, use.auth, use.tls) == (database, auth, tls)


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("postgres://u:p@db.data:5432/app", "app"),
        ("postgresql+asyncpg://u:p@db.data/app", "app"),
        ("jdbc:postgresql://db.data:5432/app?user=u&password=p", "app"),
    ],
)
def test_urls_of_databases_by_name(url, database):
    use = the_use(pod(f"env: [{{name: URL, value: '{url}'}}]"))

    assert (use.role.name, use.database, use.auth) == ("postgres-like", database, "yes")


@pytest.mark.parametrize(
    "text",
    [
        "redis:\n  host: cache.data\n  port: 6379\n  db: 5\n  password: ''",
        '{"redis": {"host": "cache.data", "port": 6379, "database": 5, "password": ""}}',
        "[redis]\nhost = cache.data\nport = 6379\ndb = 5\npassword =",
        'redis_host="cache.data"\nredis_port=6379\nredis_db=5\n',
        "redis.host=cache.data\nredis.port=6379\nredis.database=5",
        "'redis' => array(\n 'host' => 'cache.data',\n 'port' => 6379,\n 'database' => 5,\n)",
        "addr: cache.data:6379\ndb: 5",
    ],
    ids=["yaml", "json", "ini", "shell", "properties", "php", "address"],
)
def test_texts_in_a_config_map(text):
    use = the_use(config(text))

    assert (use.address.name, use.database, use.said) == ("cache", "5", True)


@pytest.mark.parametrize(
    "spec",
    [
        "args: [--redis-host=cache.data, --redis-db=5]",
        "args: [--redis-host, cache.data, --redis-db, '5']",
        "args: ['--redis-url=redis://cache.data:6379/5']",
        "command: [run, 'redis://cache.data:6379/5']",
        "env: [{name: REDIS_CACHE_HOST, value: cache.data}, {name: REDIS_CACHE_DB, value: '5'}]",
        "env: [{name: H, value: cache.data}, {name: URL, value: 'redis://$(H):6379/5'}]",
    ],
)
def test_arguments_and_variables(spec):
    use = the_use(pod(spec))

    assert (use.address.name, use.database) == ("cache", "5")


def test_a_password_from_a_secret_is_named_and_no_more():
    use = the_use(
        pod(
            "env:\n- {name: REDIS_HOST, value: cache.data}\n"
            "- {name: REDIS_PASSWORD, valueFrom: {secretKeyRef: {name: redis, key: word}}}"
        )
    )

    assert use.auth == "yes"
    assert [str(one) for one in use.secrets] == ["redis/word"]


def test_a_map_of_a_custom_resource_names_a_secret():
    use = the_use(
        "apiVersion: example.org/v1\nkind: App\nmetadata: {name: a}\n"
        "spec: {db: {host: db.data, database: x, passwordSecret: {name: own, key: pw}}}\n"
    )

    assert (use.auth, [str(one) for one in use.secrets]) == ("yes", ["own/pw"])


def test_a_script_that_names_a_service_in_full():
    use = the_use(pod("command: [sh, -c, 'until nc -z cache.data.svc 6379; do sleep 1; done\necho']"))

    assert use.address.name == "cache"


def test_a_url_behind_a_secret_is_hidden_and_said():
    use = the_use(pod("env: [{name: REDIS_URL, valueFrom: {secretKeyRef: {name: a, key: b}}}]"))

    assert use.address is None
    assert [str(one) for one in use.secrets] == ["a/b"]


def test_a_url_in_a_secret_that_is_written_over_several_lines_is_read():
    data = b64encode(b"redis://cache.data.svc.cluster.local:6379/1").decode()
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: app}\n"
        f"data:\n  b: |\n    {data[:20]}\n    {data[20:]}\n"
    )

    use = the_use(secret, pod("env: [{name: REDIS_URL, valueFrom: {secretKeyRef: {name: a, key: b}}}]"))

    assert (use.address.name, use.database) == ("cache", "1")


def test_a_service_that_nothing_makes_is_not_known():
    use = the_use(pod("env: [{name: REDIS_HOST, value: gone.data.svc}, {name: REDIS_PORT, value: '6379'}]"))

    assert use.address.known is False


def test_the_pods_behind_a_config_map_are_its_workloads():
    use = the_use(config("redis://cache.data:6379/1"), pod("envFrom: [{configMapRef: {name: settings}}]"))

    assert [item.name for item in use.workloads] == ["web"]


def test_what_operators_make_is_a_service():
    made = "apiVersion: dragonflydb.io/v1alpha1\nkind: Dragonfly\nmetadata: {name: fly}\nspec: {}\n"

    use = the_use(made, pod("env: [{name: REDIS_HOST, value: fly}]"))

    assert use.address.known


@pytest.mark.parametrize(
    "text",
    [
        pod("env: [{name: CACHE_KIND, value: cache.data}]"),
        pod("env: [{name: REDIS_HOST, value: localhost}]"),
        pod("env: [{name: REDIS_URL, value: 'redis://127.0.0.1:6379'}]"),
        pod("env: [{name: REDIS_HOST, value: ''}]"),
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: a}\nspec: {dnsNames: [cache.data.svc]}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {host: cache.data.svc}}\n",
        config("# redis://cache.data:6379/1"),
    ],
)
def test_no_clients(text):
    assert clients_of(SERVER, text).uses == ()


def test_the_backends_own_settings_are_no_client():
    own = SERVER.replace(
        "image: valkey/valkey:9", "image: valkey/valkey:9, env: [{name: REDIS_HOST, value: cache}]"
    )

    assert clients_of(own).uses == ()


def test_several_components_of_one_application():
    uses = clients_of(
        SERVER,
        config(
            "REDIS:\n  tasks: {HOST: cache.data, DATABASE: 0}\n  caching: {HOST: cache.data, DATABASE: 1}"
        ),
    ).uses

    assert {(use.component, use.database) for use in uses} == {("tasks", "0"), ("caching", "1")}


def test_a_host_with_options_behind_it():
    use = the_use(
        config('externalDatabase:\n  host: "db.data.svc:5432;sslmode=verify-full"\n  database: shop')
    )

    assert (use.address.name, use.port, use.database) == ("db", 5432, "shop")


@pytest.mark.parametrize(("port", "count"), [("6379", 1), ("9999", 0)])
def test_a_short_name_that_nothing_makes_counts_with_its_port(port, count):
    env = f"env: [{{name: REDIS_HOST, value: gone}}, {{name: REDIS_PORT, value: '{port}'}}]"

    uses = clients_of(SERVER, pod(env)).uses

    assert [use.address.known for use in uses] == [False] * count


@pytest.mark.parametrize(("value", "count"), [("true", 1), ("false", 0)])
def test_a_switch_beside_a_setting(value, count):
    env = f"env: [{{name: DB_HOST, value: db.data.svc}}, {{name: DB_ENABLED, value: '{value}'}}]"

    assert len(clients_of(DATABASE, pod(env)).uses) == count


WEB = """
apiVersion: v1
kind: Service
metadata: {name: api, namespace: data}
spec: {selector: {app: api}, ports: [{name: http, port: 8080}]}
"""


@pytest.mark.parametrize(
    ("env", "count"), [("http://api.data:8080/v1", 1), ("api.data.svc", 0), ("https://elsewhere.example", 0)]
)
def test_a_client_of_a_web_service_gives_a_url(env, count):
    uses = clients_of(WEB, pod(f"env: [{{name: API_HOST, value: '{env}'}}]")).uses

    assert [use.role.name for use in uses] == ["http"] * count


def test_a_name_in_the_section_of_a_database_is_that_of_the_database():
    text = config("[database]\nhost = db.data.svc\nport = 5432\nname = wiki\n[site]\nname = The wiki\n")

    [use] = clients_of(DATABASE, text).uses

    assert (use.database, use.said) == ("wiki", True)


def variables(**values):
    listed = ", ".join(f"{{name: {name}, value: '{value}'}}" for name, value in values.items())
    return pod(f"env: [{listed}]")


MYSQL = DATABASE.replace("name: db", "name: my").replace("5432", "3306").replace("app: db", "app: my")


@pytest.mark.parametrize(
    ("text", "address", "port", "database", "auth", "user"),
    [
        # Connection strings, each as its library takes it.
        (variables(R="cache.data:6379,password=a=b,defaultDatabase=3"), "cache", 6379, "3", "yes", False),
        (variables(REDIS_HOST="cache.data:6379,password=x"), "cache", 6379, "0", "yes", False),
        (
            variables(R="cache.data:6379,password=x", B_HOST="cache.data:6380"),
            "cache",
            6379,
            "0",
            "yes",
            False,
        ),
        (config("redis:\n  host: cache.data:6379,password=x\n  db: 3\n"), "cache", 6379, "3", "yes", False),
        (variables(R="cache.data:6379,ssl=false"), "cache", 6379, "0", "no", False),
        (
            variables(P="Host=db.data;Port=5432;Database=shop;Username=u;Password=x"),
            "db",
            5432,
            "shop",
            "yes",
            True,
        ),
        (variables(P="Server=db.data;User Id=u;Pwd=x;Database=shop;"), "db", None, "shop", "yes", True),
        (
            variables(P="host=db.data port=5432 dbname=shop user=u password=x"),
            "db",
            5432,
            "shop",
            "yes",
            True,
        ),
        (variables(P="host=db.data dbname=shop"), "db", None, "shop", "no", False),
        (
            variables(P="jdbc:postgresql://db.data:5432/shop?user=u&password=x"),
            "db",
            5432,
            "shop",
            "yes",
            True,
        ),
        (variables(M="u:x@tcp(my.data:3306)/shop?parseTime=true"), "my", 3306, "shop", "yes", True),
        (variables(M="u@tcp(my.data)/shop"), "my", None, "shop", "no", True),
        (pod("args: ['--dsn=u:x@tcp(my.data:3306)/shop']"), "my", 3306, "shop", "yes", True),
        (pod("args: ['--dsn=host=db.data dbname=shop']"), "db", None, "shop", "no", False),
        (config("dsn = host=db.data dbname=shop\nother = 1"), "db", None, "shop", "no", False),
        # What lacks its scheme.
        (variables(R="cache.data:6379/3"), "cache", 6379, "3", "no", False),
        # Names that libraries and frameworks give.
        (
            variables(PGHOST="db.data", PGDATABASE="shop", PGUSER="u", PGPASSWORD="x"),
            "db",
            None,
            "shop",
            "yes",
            True,
        ),
        (variables(A_POSTGRESQL__HOST="db.data", A_POSTGRESQL__NAME="shop"), "db", None, "shop", "no", False),
        (variables(A_DB__HOST="db.data", A__NAME="shop"), "db", None, "", "no", False),
        (variables(DB_HOSTNAME="db.data", DB_DATABASE_NAME="shop"), "db", None, "shop", "no", False),
        (
            variables(SPRING_DATA_REDIS_HOST="cache.data", SPRING_DATA_REDIS_DATABASE="3"),
            "cache",
            None,
            "3",
            "no",
            False,
        ),
        (
            config(
                "spring:\n  data:\n    redis:\n      host: cache.data\n      port: 6379\n      database: 3\n"
            ),
            "cache",
            6379,
            "3",
            "no",
            False,
        ),
        (
            config("CACHES = {\n  'LOCATION': 'redis://cache.data:6379/3',\n}\n"),
            "cache",
            6379,
            "3",
            "no",
            False,
        ),
        (
            config('storage "x" {\n  url = "postgres://u:p@db.data:5432/shop"\n}\n'),
            "db",
            5432,
            "shop",
            "yes",
            True,
        ),
        (
            config("[database]\nHOST = db.data.svc:5432\nNAME = shop\nUSER = g\nPASSWD = `x`\n"),
            "db",
            5432,
            "shop",
            "yes",
            True,
        ),
        (pod("command: [sh, -c, 'pg_isready -h db.data.svc -p 5432']"), "db", None, "", "no", False),
    ],
)
def test_forms_of_a_connection(text, address, port, database, auth, user):
    [use] = clients_of(SERVER, DATABASE, MYSQL, text).uses

    assert (use.address.name, use.port, use.database, use.auth, use.user) == (
        address,
        port,
        database,
        auth,
        user,
    )


@pytest.mark.parametrize(
    "text",
    [
        variables(REDIS_URL="unix:///var/run/redis.sock"),
        variables(REDIS_HOST="10.0.0.1"),
        variables(SELECTOR="app=cache.data,tier=back"),
        variables(IMAGE="registry.data:5000/cache"),
        variables(OPTS="a=b c=d"),
        config("redis:\n  enabled: false\n  host: cache.data.svc\n  port: 6379\n"),
        config("a: 1\n# redis://cache.data:6379/3\nb: 2\n"),
    ],
)
def test_what_looks_like_a_connection_and_is_none(text):
    assert clients_of(SERVER, DATABASE, text).uses == ()
