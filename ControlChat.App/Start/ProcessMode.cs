namespace ControlChat.App.Start;

/// <summary>What this process does: serve pages and API, run the agent's work, or both.</summary>
/// <param name="Web">Listens for browsers and clients.</param>
/// <param name="Worker">Takes queued work.</param>
public sealed record ProcessMode(bool Web, bool Worker)
{
    /// <exception cref="StartException">The word is none of the three.</exception>
    public static ProcessMode Parse(string? text) => text switch
    {
        null or "all" => new ProcessMode(true, true),
        "web" => new ProcessMode(true, false),
        "worker" => new ProcessMode(false, true),
        _ => throw new StartException(ExitCode.Usage, $"--mode is '{text}'; use 'web', 'worker' or 'all'."),
    };
}
