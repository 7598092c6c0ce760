namespace ControlChat.Core.Settings;

/// <summary>Limits of workspace-agent sessions.</summary>
public sealed record SessionsSection
{
    public int Slots { get; init; } = 4;
    public int PerPerson { get; init; } = 2;

    /// <summary>Life of a session, at most 24 h.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromMinutes(30);
    public TimeSpan IdleChat { get; init; } = TimeSpan.FromMinutes(30);
    public TimeSpan IdleTerminal { get; init; } = TimeSpan.FromMinutes(5);
    public int TranscriptDays { get; init; } = 30;

    /// <summary>Whether finished transcripts of terminals are copied into the hub's database, where every process can read them.</summary>
    public bool ArchiveTranscripts { get; init; }

    /// <summary>Memory one agent may take with all it started, in MiB; then its session is ended.</summary>
    public int MemoryMegabytes { get; init; } = 2_048;

    /// <summary>What one agent may have said and printed in all, as it is kept, in MiB; then its session is ended.</summary>
    public int OutputMegabytes { get; init; } = 64;
    public bool AllowUncontained { get; init; }

    /// <summary>Where agents keep their state; null: <c>agents</c> in the data directory.</summary>
    public string? Directory { get; init; }

    /// <summary>Whose rights agents have on the disk while the hub runs as root, 1-2,147,483,646. A hub of another user cannot change it.</summary>
    public int UserId { get; init; } = 59_999;

    /// <summary>Commands that the tool <c>run_command</c> may run, by base name.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Hosts a repository may be fetched from.</summary>
    public IReadOnlyList<string> GitHosts { get; init; } = [];
    public CodexSection Codex { get; init; } = new();
    public TerminalSection Terminal { get; init; } = new();
}

public sealed record CodexSection
{
    public string Path { get; init; } = "codex";
    public string? Model { get; init; }

    /// <summary>A model catalogue of Codex's own form; null: one is made for <see cref="Model"/>.</summary>
    public string? Catalog { get; init; }
}

public sealed record TerminalSection
{
    /// <summary><c>pty</c> or <c>tmux</c>.</summary>
    public string Host { get; init; } = "pty";

    /// <summary>Commands a terminal session may run, by base name.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];
}

public sealed record HostsSection
{
    /// <summary><c>none</c> or <c>process</c>.</summary>
    public string Driver { get; init; } = "process";

    /// <summary>Decimal text, in <see cref="Currency"/>.</summary>
    public string PricePerHour { get; init; } = "0.00";

    /// <summary>ISO 4217.</summary>
    public string Currency { get; init; } = "EUR";
}

public sealed record McpSection
{
    public IReadOnlyList<McpServer> Servers { get; init; } = [];
}

/// <summary>An outside tool server: by <see cref="Url"/>, or by <see cref="Command"/> over its standard streams.</summary>
public sealed record McpServer
{
    public string Name { get; init; } = "";
    public string? Url { get; init; }
    public string? Command { get; init; }
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Files and folders outside of <c>/usr</c> that the command needs: they are there to read in its namespace.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Whether the command has the machine's network; else none at all.</summary>
    public bool Network { get; init; }

    /// <summary>Its tools that only read; all others ask.</summary>
    public IReadOnlyList<string> ReadTools { get; init; } = [];
}

public sealed record WebhooksSection
{
    /// <summary>Whether endpoints may be on this machine and in private networks.</summary>
    public bool AllowPrivate { get; init; }
    public IReadOnlyList<Webhook> Endpoints { get; init; } = [];
}

public sealed record Webhook
{
    public string Name { get; init; } = "";
    public string? Url { get; init; }

    /// <summary>Events to send; none, or <c>*</c> among them, means all.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];
}
