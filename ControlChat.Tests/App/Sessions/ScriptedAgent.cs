using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Tests.App.Sessions;

/// <summary>An agent that does what the test says and remembers what it heard; its process is a real one, in a real namespace.</summary>
internal sealed class ScriptedAgent : IAgentKind
{
    private readonly Channel<AgentEvent> _events = Channel.CreateUnbounded<AgentEvent>();
    private int _interrupts;

    /// <summary>What its process runs; by itself it ends with its input.</summary>
    public IReadOnlyList<string> Command { get; set; } = ["/usr/bin/cat"];

    public ConcurrentQueue<string> Heard { get; } = [];

    public ConcurrentQueue<(string Id, AgentAnswer Answer)> Answers { get; } = [];

    public int Interrupts => Volatile.Read(ref _interrupts);

    /// <summary>Called when it is asked to stop.</summary>
    public Action? Stopping { get; set; }

    public string Name => "scripted";

    public string Profile => "scripted";

    public void Say(params AgentEvent[] events)
    {
        foreach (var one in events) _events.Writer.TryWrite(one);
    }

    public BoxOrder Order(AgentPlace place) => new(Command[0], [.. Command.Skip(1)], [], place.Workspace, place.Folder.Home, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" });

    public Task<AgentVersion> FindAsync(CancellationToken cancellationToken) => Task.FromResult(new AgentVersion("1", true, null));

    public IAgentDriver Attach(AgentPipes pipes) => new Driver(this, pipes);

    public BoxOrder BatchOrder(AgentPlace place, string prompt, string? threadId) => throw new NotSupportedException();

    public IAsyncEnumerable<AgentEvent> ReadBatchAsync(AgentPipes pipes, CancellationToken cancellationToken) => throw new NotSupportedException();

    private sealed class Driver(ScriptedAgent agent, AgentPipes pipes) : IAgentDriver
    {
        public async IAsyncEnumerable<AgentEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var one in agent._events.Reader.ReadAllAsync(cancellationToken)) yield return one;
        }

        public Task<string> StartAsync(AgentOrder order, CancellationToken cancellationToken) => Task.FromResult(order.ThreadId ?? "thread-1");

        public Task<string> SendAsync(string text, CancellationToken cancellationToken)
        {
            agent.Heard.Enqueue(text);
            return Task.FromResult("turn-1");
        }

        public Task InterruptAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref agent._interrupts);
            return Task.CompletedTask;
        }

        public Task<bool> AnswerAsync(string approvalId, AgentAnswer answer, JsonElement? content, CancellationToken cancellationToken)
        {
            if (agent.Answers.Any(a => a.Id == approvalId)) return Task.FromResult(false);
            agent.Answers.Enqueue((approvalId, answer));
            agent.Say(new AgentEvent.ApprovalResolved(approvalId, answer));
            return Task.FromResult(true);
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            agent.Stopping?.Invoke();
            await pipes.ToAgent.DisposeAsync();
        }

        public async ValueTask DisposeAsync() => await pipes.FromAgent.DisposeAsync();
    }
}
