namespace ControlChat.Core.Sessions.Codex;

/// <summary>The Codex CLI as a workspace agent.</summary>
internal sealed class CodexAgent(TimeProvider time) : IAgentKind
{
    public string Name => "codex";

    public IReadOnlyList<string> Arguments => CodexArguments.AppServer;

    public AgentVersion Check(string? printed) => CodexVersion.Check(printed);

    public IAgentDriver Attach(AgentPipes pipes) => new AppServerDriver(pipes, time);

    public IReadOnlyList<string> BatchArguments(string directory, string prompt, string? threadId) => CodexArguments.Exec(directory, prompt, threadId);

    public IAsyncEnumerable<AgentEvent> ReadBatchAsync(AgentPipes pipes, CancellationToken cancellationToken) => ExecReader.ReadAsync(pipes, time, cancellationToken);
}
