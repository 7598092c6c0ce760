namespace ControlChat.Core.Settings;

/// <summary>Every setting with its default, bound from file, environment and command line. Names, ranges and who may change them: contracts, section 1; words for people: <see cref="SettingCatalog"/>.</summary>
public sealed record HubOptions
{
    public HubSection Hub { get; init; } = new();
    public BusSection Bus { get; init; } = new();
    public WorkspacesSection Workspaces { get; init; } = new();
    public ModelSection Model { get; init; } = new();
    public LimitsSection Limits { get; init; } = new();
    public FilesSection Files { get; init; } = new();
    public SessionsSection Sessions { get; init; } = new();
    public HostsSection Hosts { get; init; } = new();
    public SyncSection Sync { get; init; } = new();
    public LogsSection Logs { get; init; } = new();
    public McpSection Mcp { get; init; } = new();
    public SignInSection SignIn { get; init; } = new();
    public EmbedSection Embed { get; init; } = new();
    public PolicySection Policy { get; init; } = new();
    public WebhooksSection Webhooks { get; init; } = new();
    public AuditSection Audit { get; init; } = new();
    public WorkerSection Worker { get; init; } = new();
    public TelemetrySection Telemetry { get; init; } = new();
    public UiSection Ui { get; init; } = new();

    /// <summary><c>local</c> or <c>redis</c>: as set, else what belongs to the store.</summary>
    public string BusKind => Bus.Kind ?? (Hub.Store == "postgres" ? "redis" : "local");
}

public sealed record HubSection
{
    public string Kind { get; init; } = "full";
    public string Store { get; init; } = "sqlite";
    public string? DataDirectory { get; init; }
    public string? PublicUrl { get; init; }

    /// <summary>Whether only requests that the operator's own proxy passed on are served.</summary>
    public bool RequireProxy { get; init; }
    public bool IsLite => Kind == "lite";
}

public sealed record BusSection
{
    /// <summary><c>local</c> or <c>redis</c>; null: what belongs to the store.</summary>
    public string? Kind { get; init; }
    public RedisSection Redis { get; init; } = new();
}

public sealed record RedisSection
{
    public string Endpoint { get; init; } = "127.0.0.1:6379";
    public bool Tls { get; init; }
    public bool AllowNoPassword { get; init; }
    public int Database { get; init; } = 2;
}

public sealed record WorkspacesSection
{
    public string? Root { get; init; }
    public string? Local { get; init; }

    /// <summary>Days a deleted workspace stays in the trash, 1-365.</summary>
    public int TrashDays { get; init; } = 30;
}

public sealed record ModelSection
{
    public string Provider { get; init; } = "auto";
    public string Api { get; init; } = "responses";
    public string? Endpoint { get; init; }
    public string? Name { get; init; }

    /// <summary>Model steps of one run, 1-100.</summary>
    public int MaxTurns { get; init; } = 20;

    /// <summary>Tokens of history given to the model, 4,000-2,000,000.</summary>
    public int ContextTokens { get; init; } = 100_000;

    /// <summary>No event for this long is a stall; 5 s to 10 min.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

public sealed record LimitsSection
{
    public int MessageChars { get; init; } = 32_000;
    public int TitleChars { get; init; } = 120;
    public int BodyBytes { get; init; } = 1_048_576;

    /// <summary>Requests a principal may make in a minute.</summary>
    public int RequestsPerMinute { get; init; } = 600;

    /// <summary>Approvals of one principal that may wait at once.</summary>
    public int PendingApprovals { get; init; } = 20;

    /// <summary>Workspaces one account may own, 1-1,000,000. Ask <see cref="AccountLimits"/>: an account may have its own number.</summary>
    public int Workspaces { get; init; } = 1_000;

    /// <summary>Tokens of the model one account may use in a day (UTC); 0 is no limit. Ask <see cref="AccountLimits"/>.</summary>
    public int TokensPerDay { get; init; }
}

public sealed record FilesSection
{
    /// <summary>The largest file read or written whole, in bytes; at most 10 MiB.</summary>
    public int MaxBytes { get; init; } = 1_048_576;
}

public sealed record LogsSection
{
    /// <summary>Days the hub's own log is kept, 1-3650.</summary>
    public int Days { get; init; } = 14;
}

public sealed record EmbedSection
{
    /// <summary>Parents that may frame <c>/embed/…</c>.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>What the pages of a parent may ask of the frame. A parent without an entry may ask for <c>status</c>.</summary>
    public IReadOnlyList<EmbedGrant> Capabilities { get; init; } = [];
}

public sealed record EmbedGrant
{
    /// <summary>One of <see cref="EmbedSection.Origins"/>.</summary>
    public string Origin { get; init; } = "";

    /// <summary><c>status|transcript|logs|screenshot|metrics|control</c>; <c>status</c> is always among them.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];
}

public sealed record AuditSection
{
    public string? CheckpointDirectory { get; init; }
}

public sealed record TelemetrySection
{
    public OtlpSection Otlp { get; init; } = new();
}

public sealed record OtlpSection
{
    /// <summary>The collector's base address, without <c>/v1/traces</c>; null: nothing is sent.</summary>
    public string? Endpoint { get; init; }
}

public sealed record WorkerSection
{
    /// <summary>Where a process that only works answers for its health; null: nowhere.</summary>
    public string? Listen { get; init; }
}

/// <summary>What asks for more than the default policy. It can never ask for less than destructive, billing and access do.</summary>
public sealed record PolicySection
{
    /// <summary>Tool name to <c>confirm|confirm_recent|second_person</c>.</summary>
    public IReadOnlyDictionary<string, string> Tools { get; init; } = new Dictionary<string, string>();

    /// <summary>Scope to <c>confirm|confirm_recent|second_person</c>.</summary>
    public IReadOnlyDictionary<string, string> Scopes { get; init; } = new Dictionary<string, string>();

    /// <summary>How fresh a sign-in must be for <c>confirm_recent</c>, and on the pages for tokens, providers and people.</summary>
    public TimeSpan RecentSignIn { get; init; } = TimeSpan.FromMinutes(10);
}

public sealed record UiSection
{
    public string Theme { get; init; } = "system";
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Whether times are shown in that zone, or in UTC: <c>local|UTC</c>.</summary>
    public string Clock { get; init; } = "local";

    public int PageSize { get; init; } = 50;

    /// <summary>Single-letter shortcuts.</summary>
    public bool Letters { get; init; } = true;

    /// <summary>What a screen reader hears of an answer: <c>all|ends|nothing</c>.</summary>
    public string Announce { get; init; } = "all";
}
