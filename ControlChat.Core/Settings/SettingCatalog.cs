using static ControlChat.Core.Settings.SettingKind;
using static ControlChat.Core.Settings.SettingType;

namespace ControlChat.Core.Settings;

/// <summary>Every setting there is: the one table behind validation, <c>config.get</c>, <c>config.set</c> and the Settings page. Contracts, section 1.</summary>
public static class SettingCatalog
{
    private static readonly SettingType Decision = new Choice("confirm", "confirm_recent", "second_person");
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    public static IReadOnlyList<SettingDefinition> All { get; } = [.. Place(), .. Work(), .. Agents(), .. Doors(), .. Running(), .. People()];

    private static readonly Dictionary<string, SettingDefinition> ByKey = All.ToDictionary(d => d.Key, StringComparer.OrdinalIgnoreCase);

    /// <summary>The top-level names that are ours; an unknown key under one of them is a fault.</summary>
    public static IReadOnlySet<string> Sections { get; } = All.Where(d => d.Key.Contains(':', StringComparison.Ordinal))
        .Select(d => d.Key.Split(':')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The setting of a key in any letter case, or null.</summary>
    public static SettingDefinition? Find(string key) => ByKey.GetValueOrDefault(key);

    /// <summary>Up to three keys that look like this one, nearest first.</summary>
    public static IReadOnlyList<string> Nearest(string key) => NearestNames.Of(key, All.Select(d => d.Key));

    private static SettingDefinition[] Place() =>
    [
        Setting("Hub:Kind", "Which tools the hub has: 'full' has all, 'lite' serves one person and one workspace.", new Choice("lite", "full"), "full") with { Public = true },
        Setting("Hub:Store", "The database: 'sqlite' is one file and one process; 'postgres' is for teams.", new Choice("sqlite", "postgres"), "sqlite") with { Public = true },
        Setting("Hub:DataDirectory", "Where the hub keeps its database, keys, logs and checkpoints; made with mode 0700. Without it: $XDG_DATA_HOME/controlchat, else ~/.local/share/controlchat.", new FilePath(), null),
        Secret("Hub:ConnectionString", "How to reach PostgreSQL."),
        Secret("Hub:KeyEncryptionKey", "What the keys in PostgreSQL are sealed with: 32 bytes in base64."),
        Setting("Hub:PublicUrl", "The address people use, for links; the pages are at its root. Without it: the address listened on.", new WebOrigin(), null) with { Public = true },
        Setting("Hub:RequireProxy", "Serve only what the proxy of SignIn:Proxy:KnownProxies passed on; /health answers everybody.", new Flag(), "false"),
        Setting("Bus:Kind", "What carries wake-ups between processes. Without it: 'local' with sqlite, 'redis' with postgres.", new Choice("local", "redis"), null) with { Public = true },
        Setting("Bus:Redis:Endpoint", "Host and port of Redis 7 or newer.", new Words(255, @"^[A-Za-z0-9_.\-\[\]:]+:\d{1,5}$", "use host:port"), "127.0.0.1:6379"),
        Setting("Bus:Redis:Tls", "Talk TLS to Redis; this machine must trust its certificate (SSL_CERT_FILE names a private authority).", new Flag(), "false"),
        Secret("Bus:Redis:Password", "The password of the default user of Redis ('requirepass'). Named users are not supported: the client knows none."),
        Setting("Bus:Redis:AllowNoPassword", "Accept a Redis without a password.", new Flag(), "false"),
        Setting("Bus:Redis:Database", "The number of the Redis database.", new Whole(0, 1023), "2"),
    ];

    private static SettingDefinition[] Work() =>
    [
        Setting("Workspaces:Root", "Where workspaces have their directories. Without it: the data directory's name with '-workspaces'.", new FilePath(), null),
        Setting("Workspaces:Local", "The directory of the lite hub's one workspace. Without it: 'local' in Workspaces:Root.", new FilePath(), null),
        Admins("Workspaces:TrashDays", "Days a deleted workspace stays in the trash before it is purged.", new Whole(1, 365), "30"),
        Setting("Model:Provider", "Who answers: 'openai' is any compatible server, 'offline' needs no model, 'auto' takes openai when a key or an endpoint is set.", new Choice("auto", "openai", "offline"), "auto") with { Public = true },
        Setting("Model:Api", "Which wire the model server speaks.", new Choice("responses", "chat"), "responses") with { Public = true },
        Setting("Model:Endpoint", "The model server's address. Without it: the provider's own.", new Url(), null),
        Setting("Model:Name", "The model to ask for. Without it: the provider's default.", new Words(200), null) with { Public = true },
        Admins("Model:MaxTurns", "Model steps one run may take.", new Whole(1, 100), "20"),
        Admins("Model:ContextTokens", "Tokens of history given to the model.", new Whole(4_000, 2_000_000), "100000"),
        Admins("Model:StallTimeout", "How long a model may be silent before the step is tried again.", new Duration(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10)), "00:00:30"),
        Secret("OPENAI_API_KEY", "The key for the model server."),
        Setting("Limits:MessageChars", "The longest message, in characters.", new Whole(100, 1_000_000), "32000") with { Public = true },
        Setting("Limits:TitleChars", "The longest title, in characters.", new Whole(10, 1_000), "120") with { Public = true },
        Setting("Limits:BodyBytes", "The largest request body, in bytes.", new Whole(4_096, 104_857_600), "1048576") with { Public = true },
        Setting("Limits:RequestsPerMinute", "Requests one account or token may make in a minute.", new Whole(1, 1_000_000), "600") with { Public = true },
        Setting("Limits:PendingApprovals", "Approvals of one account or token that may wait at once.", new Whole(1, 1_000), "20") with { Public = true },
        Admins("Limits:Workspaces", "Workspaces one account may own, the trash included; an admin may set another number for one account.", new Whole(1, 1_000_000), "1000") with { PerAccount = true },
        Admins("Limits:TokensPerDay", "Tokens of the model that the runs of one account may use in a day (UTC); 0 is no limit. An admin may set another number for one account.", new Whole(0, 2_000_000_000), "0") with { PerAccount = true },
        Admins("Files:MaxBytes", "The largest file an agent may read or write whole, in bytes.", new Whole(1_024, 10_485_760), "1048576"),
    ];

    private static SettingDefinition[] Agents() =>
    [
        Admins("Sessions:Slots", "Agent sessions one worker runs at once.", new Whole(1, 256), "4"),
        Admins("Sessions:PerPerson", "Agent sessions one person may have at once; an admin may set another number for one account.", new Whole(1, 256), "2") with { PerAccount = true },
        Admins("Sessions:Ttl", "The longest life of an agent session.", new Duration(TimeSpan.FromSeconds(1), Day), "00:30:00"),
        Admins("Sessions:IdleChat", "A chat session without activity ends after this.", new Duration(TimeSpan.FromSeconds(1), Day), "00:30:00"),
        Admins("Sessions:IdleTerminal", "A terminal session without activity ends after this.", new Duration(TimeSpan.FromSeconds(1), Day), "00:05:00"),
        Admins("Sessions:TranscriptDays", "Days a session's transcript is kept.", new Whole(1, 3650), "30"),
        Setting("Sessions:ArchiveTranscripts", "Copy finished transcripts of terminals into the hub's database, where every process of the hub can read them.", new Flag(), "false"),
        Setting("Sessions:MemoryMegabytes", "Memory one agent may take with all it started, in MiB; then its session is ended.", new Whole(256, 1_048_576), "2048"),
        Setting("Sessions:OutputMegabytes", "What one agent may have said and printed in all, as it is kept, in MiB; then its session is ended.", new Whole(1, 10_240), "64"),
        Setting("Sessions:AllowUncontained", "Start agents even where no namespace can be made around them.", new Flag(), "false"),
        Setting("Sessions:Directory", "Where agents keep their state. Workers that may take each other's sessions over need one that they share. Without it: 'agents' in the data directory.", new FilePath(), null),
        Setting("Sessions:UserId", "Whose rights agents have on the disk while the hub runs as root, as a number.", new Whole(1, 2_147_483_646), "59999"),
        Setting("Sessions:Commands", "Commands that agents may run with the tool run_command, by base name.", new List(new Words(100, @"^[A-Za-z0-9_.+\-]+$", "use a base name without a path")), ""),
        Setting("Sessions:GitHosts", "Hosts that agents may fetch a repository from over https; with a port, over http too.", new List(new Words(255, @"^[A-Za-z0-9.\-]+(:\d{1,5})?$", "use a host name")), ""),
        Setting("Sessions:Codex:Path", "The Codex program: a path, or a name on PATH.", new FilePath(), "codex"),
        Setting("Sessions:Codex:Model", "The model Codex asks for. Without it: that of Model:Name.", new Words(200), null),
        Setting("Sessions:Codex:Catalog", "A model catalogue for Codex, a file of its own form (codex debug models). Without it one is made for the model.", new FilePath(), null),
        Setting("Sessions:Terminal:Host", "What holds a terminal: 'pty' ends with its worker, 'tmux' outlives it.", new Choice("pty", "tmux"), "pty"),
        Setting("Sessions:Terminal:Commands", "Commands a terminal session may run, by base name.", new List(new Words(100, @"^[A-Za-z0-9_.+\-]+$", "use a base name without a path")), ""),
        Setting("Hosts:Driver", "What starts a workspace's host.", new Choice("none", "process"), "process"),
        Setting("Hosts:PricePerHour", "The estimate shown before a host is started.", new Words(12, @"^\d{1,6}(\.\d{1,4})?$", "use a decimal number such as '0.12'"), "0.00"),
        Setting("Hosts:Currency", "The currency of the estimate, ISO 4217.", new Words(3, "^[A-Z]{3}$", "use three capital letters such as 'EUR'"), "EUR"),
        .. Sync(),
    ];

    private static SettingDefinition[] Sync() =>
    [
        Setting("Sync:Directories", "Directories under which a workspace may be synced with a directory of this machine.", new List(new FilePath()), ""),
        Setting("Sync:Hosts", "Hosts a workspace may be synced with over ssh.", new List(new Words(253, @"^[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?$", "use a host name or an IPv4 address")), ""),
        Setting("Sync:SshKey", "The private key the hub signs in with over ssh. Without it no ssh remote can be used.", new FilePath(), null),
        Setting("Sync:PlanTimeout", "How long looking for the difference may take.", new Duration(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(50)), "00:00:30"),
        Setting("Sync:Timeout", "How long one run may take.", new Duration(TimeSpan.FromSeconds(10), Day), "01:00:00"),
        Setting("Sync:MaxFiles", "Files and directories one run may change.", new Whole(1, 100_000), "10000"),
        Setting("Sync:KilobytesPerSecond", "The most a run may move in a second; 0 is no limit.", new Whole(0, 10_000_000), "0"),
    ];

    private static SettingDefinition[] Doors() =>
    [
        Admins("Logs:Days", "Days the hub's own log is kept.", new Whole(1, 3650), "14"),
        Setting("Mcp:Servers", "Outside tool servers offered to the control agent.", new Objects(new Dictionary<string, SettingType>
        {
            ["Name"] = new Words(64, "^[a-z0-9_]+$", "use small letters, digits and '_'"),
            ["Url"] = new Url(),
            ["Command"] = new FilePath(),
            ["Arguments"] = new List(new Words(4_000)),
            ["Programs"] = new List(new FilePath()),
            ["Network"] = new Flag(),
            ["ReadTools"] = new List(new Words(200)),
        }, "Token"), ""),
        .. SignIn(),
        Setting("Embed:Origins", "Parents that may frame the pages under /embed.", new List(new WebOrigin()), ""),
        Setting("Embed:Capabilities", "What the page of a parent may ask of the frame beyond 'status'.", new Objects(new Dictionary<string, SettingType>
        {
            ["Origin"] = new WebOrigin(),
            ["Allow"] = new List(new Choice("status", "transcript", "logs", "screenshot", "metrics", "control")),
        }), ""),
        Setting("Policy:Tools", "Tools that ask for more than the default: tool name and decision.", new Map(Decision, new Words(100, @"^[a-z_]+(\.[A-Za-z0-9_-]+)*$", "use a tool's name such as 'workspace.rename'")), ""),
        Setting("Policy:Scopes", "Scopes that ask for more than the default: scope and decision.", new Map(Decision, new Choice("write", "billing", "destructive")), ""),
        Setting("Policy:RecentSignIn", "How fresh a sign-in must be where 'confirm_recent' is asked, and on the pages for tokens, providers and people.", new Duration(TimeSpan.FromMinutes(1), Day), "00:10:00"),
        Setting("Webhooks:AllowPrivate", "Whether webhooks may be on this machine and in private networks.", new Flag(), "false"),
        Setting("Webhooks:Endpoints", "Addresses told of events of the record and of sessions; each needs a Secret.", new Objects(new Dictionary<string, SettingType>
        {
            ["Name"] = new Words(64),
            ["Url"] = new Url(),
            ["Events"] = new List(new Words(64, "^([a-z_]+\\.[a-z_]+|\\*)$", "use an event such as 'tool.applied', or '*' for all")),
        }, "Secret"), ""),
        Setting("Audit:CheckpointDirectory", "Where signed checkpoints of the record go. Without it: 'checkpoints' in the data directory; another disk is better.", new FilePath(), null),
    ];

    private static SettingDefinition[] Running() =>
    [
        Setting("Worker:Listen", "Where a process of '--mode worker' answers /health and /metrics. Without it: nowhere.", new Url(), null),
        Setting("Telemetry:Otlp:Endpoint", "Where spans and numbers are sent, as OTLP over HTTP; the environment variable OTEL_EXPORTER_OTLP_ENDPOINT does the same. Without either: nowhere.", new Url(), null),
        Secret("Telemetry:Otlp:Headers", "Headers for that address, as name=value, separated by commas."),
        Secret("Telemetry:MetricsToken", "What a scraper of another machine sends as 'Authorization: Bearer …' to read /metrics."),
    ];

    private static SettingDefinition[] SignIn() =>
    [
        Setting("SignIn:Link", "Sign-in by one-time link. Without it: on with sqlite, off with postgres and behind a proxy.", new Flag(), null) with { Public = true },
        Setting("SignIn:Password", "Sign-in with the e-mail and password of a hub account. Without it: off with sqlite and behind a proxy, on with postgres.", new Flag(), null) with { Public = true },
        Setting("SignIn:Providers", "OpenID Connect providers people may sign in with.", new Objects(new Dictionary<string, SettingType>
        {
            ["Name"] = new Words(64, @"^[\p{L}\p{N} ._-]*[A-Za-z0-9][\p{L}\p{N} ._-]*$", "use letters, digits, spaces, '.', '_' and '-'"),
            ["Authority"] = new Url(),
            ["ClientId"] = new Words(200),
            ["Scopes"] = new List(new Words(200, @"^\S+$", "use one scope")),
            ["RoleClaim"] = new Words(200),
            ["AdminValues"] = new List(new Words(200)),
            ["MemberValues"] = new List(new Words(200)),
            ["AllowedDomains"] = new List(new Words(190, @"^[A-Za-z0-9.\-]+$", "use a domain such as 'example.org'")),
            ["TrustEmail"] = new Flag(),
        }, "ClientSecret"), ""),
        Setting("SignIn:Proxy:Enabled", "A trusted proxy signs people in and says by headers who they are; links, passwords and providers are off.", new Flag(), "false") with { Public = true },
        Setting("SignIn:Proxy:KnownProxies", "Addresses or networks the proxy comes from; no other may send its headers, not even this machine.", new List(new Network()), ""),
        Setting("SignIn:Proxy:UserHeader", "The header with the person's lasting name at the proxy.", Header(), "X-Forwarded-User"),
        Setting("SignIn:Proxy:EmailHeader", "The header with the person's e-mail address.", Header(), "X-Forwarded-Email"),
        Setting("SignIn:Proxy:NameHeader", "The header with the person's name.", Header(), "X-Forwarded-Preferred-Username"),
        Setting("SignIn:Proxy:GroupsHeader", "The header with the person's groups, separated by commas.", Header(), "X-Forwarded-Groups"),
        Setting("SignIn:Proxy:AdminValues", "Groups of the proxy whose people are admins.", new List(new Words(200)), ""),
        Setting("SignIn:Proxy:MemberValues", "Groups of the proxy whose people are members. When there are any, nobody else comes in.", new List(new Words(200)), ""),
        Setting("SignIn:Proxy:TrustEmail", "Whether the proxy's e-mail header is enough to take an existing account for the same person.", new Flag(), "false"),
        Secret("SignIn:Proxy:Secret", "What the proxy sends in X-ControlChat-Proxy to prove that it is the proxy."),
    ];

    private static SettingDefinition[] People() =>
    [
        Mine("Ui:Theme", "Light, dark, or what the system says.", new Choice("light", "dark", "system"), "system"),
        Mine("Ui:TimeZone", "The time zone times are shown in. Until a person sets it: the browser's.", new Zone(), "UTC"),
        Mine("Ui:Clock", "Times in that zone, or in UTC on every page.", new Choice("local", "UTC"), "local"),
        Mine("Ui:PageSize", "Rows on one page of a list.", new Whole(10, 200), "50"),
        Mine("Ui:Letters", "Single-letter shortcuts outside fields.", new Flag(), "true"),
        Mine("Ui:Announce", "What a screen reader hears of an answer: all of it, its start and end, or nothing.", new Choice("all", "ends", "nothing"), "all"),
    ];

    private static Words Header() => new(64, "^[A-Za-z][A-Za-z0-9-]*$", "use the name of a header");

    private static SettingDefinition Setting(string key, string description, SettingType type, string? standard) => new(key, description, type, standard, Operator);

    private static SettingDefinition Admins(string key, string description, SettingType type, string standard) => new(key, description, type, standard, Admin) { Public = true };

    private static SettingDefinition Mine(string key, string description, SettingType type, string standard) => new(key, description, type, standard, Personal) { Public = true };

    private static SettingDefinition Secret(string key, string description) => new(key, description, new Words(4_000), null, Operator) { Secret = true };
}
