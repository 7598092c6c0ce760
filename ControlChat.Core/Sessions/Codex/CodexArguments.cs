namespace ControlChat.Core.Sessions.Codex;

/// <summary>Command lines of the Codex CLI. Everybody on the machine may read them: whatever is secret goes over the wire or into the
/// environment, never behind <c>-c</c>.</summary>
internal static class CodexArguments
{
    /// <summary>Switched off, and why.</summary>
    private static readonly string[] _switches =
    [
        // Without it a model endpoint that is down is asked for ever.
        "--disable", "unbounded_connection_retries",
        // Agents of agents, which this hub would not see.
        "--disable", "multi_agent", "--disable", "goals",
        // What others could put into a session, and calls home.
        "--disable", "plugins", "--disable", "apps", "--disable", "hooks",
        "-c", "analytics.enabled=false", "-c", "check_for_update_on_startup=false", "-c", "web_search=\"disabled\"",
        // A login shell runs the user's profile; the shell gets HOME, PATH and LANG and nothing else of the agent's environment.
        "-c", "allow_login_shell=false", "-c", "shell_environment_policy.inherit=core",
    ];

    public static IReadOnlyList<string> AppServer { get; } = ["app-server", .. _switches];

    /// <summary>
    /// Its own interface, in this process alone: no server behind it that outlives it. In a folder that has settings of its own it asks whether to trust
    /// it, with yes as its proposal, and a trusted folder's settings start programs outside of Codex's sandbox. Known as untrusted it proposes to open it
    /// without them. Nothing is asked in any other folder.
    /// </summary>
    public static IReadOnlyList<string> Terminal(string directory, bool hasSettings) =>
        ["--no-daemon", .. _switches, .. hasSettings ? (string[])["-c", $"projects={{{CodexConfiguration.Text(directory)}={{trust_level=\"untrusted\"}}}}"] : []];

    /// <summary>Flags stand before <c>resume</c>; <c>--</c> keeps a prompt that begins with a dash a prompt. Stdin must be closed, or it is
    /// added to the prompt. No <c>-s</c>: like <c>sandbox</c> it would switch the permission profile off.</summary>
    public static IReadOnlyList<string> Exec(string directory, string prompt, string? threadId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(prompt);
        string[] start = ["exec", "--json", "--skip-git-repo-check", "-C", directory, .. _switches];
        return threadId is null ? [.. start, "--", prompt] : [.. start, "resume", "--", threadId, prompt];
    }
}
