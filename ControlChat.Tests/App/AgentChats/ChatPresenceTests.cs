using System.Threading.Channels;
using ControlChat.App.AgentChats;
using ControlChat.Core.Bus;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.App.AgentChats;

/// <summary>A page that was lost by one process may come back at another: the two tell each other over the bus they share.</summary>
public sealed class ChatPresenceTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly List<(ChatPresence Presence, OpenChats Chats)> _processes = [];
    private TestHub _hub = null!;
    private Session _session = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(_time, ChatBench.Idle);
        _session = await ChatBench.SessionAsync(_hub, await ChatBench.WorkspaceAsync(_hub));
        var bus = new SharedBus();
        for (var i = 0; i < 2; i++)
        {
            var presence = new ChatPresence(bus, _time, NullLogger<ChatPresence>.Instance);
            await presence.StartAsync(default);
            // Now it hears what the others say.
            await Waiting.UntilAsync(() => bus.Tails == i + 1);
            _processes.Add((presence, new OpenChats(_hub.Services.GetRequiredService<SessionCommands>(), presence, _time, NullLogger<OpenChats>.Instance)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (presence, chats) in _processes)
        {
            await presence.StopAsync(default);
            presence.Dispose();
            chats.Dispose();
        }
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_page_that_came_back_at_another_process_keeps_its_session()
    {
        var (lost, end) = OpenAt(0);
        lost.Lose();
        _time.Sleep(TimeSpan.FromSeconds(10));
        OpenAt(1);
        await Waiting.UntilAsync(() => _processes[0].Presence.IsElsewhere(_session.Id));
        for (var i = 0; i < 50; i += 10) await PassAsync();
        Assert.Equal(ChatEnd.Kept, await end);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, _session.Id));
    }

    [Fact]
    public async Task A_page_that_was_lost_at_both_ends_its_session_once()
    {
        var (here, _) = OpenAt(0);
        var (there, end) = OpenAt(1);
        await Waiting.UntilAsync(() => _processes[0].Presence.IsElsewhere(_session.Id) && _processes[1].Presence.IsElsewhere(_session.Id));
        here.Lose();
        there.Lose();
        _time.Sleep(OpenChats.Grace);
        Assert.Equal(ChatEnd.Ended, await end);
        Assert.Equal(SessionState.Ended, await ChatBench.StateAsync(_hub, _session.Id));
    }

    [Fact]
    public void A_process_does_not_take_its_own_word_for_another_one()
    {
        OpenAt(0);
        Assert.False(_processes[0].Presence.IsElsewhere(_session.Id));
    }

    // Ten seconds, at whose end the other process's latest word has been heard.
    private async Task PassAsync()
    {
        _time.Sleep(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => _time.GetUtcNow() - _processes[0].Presence.HeardAt(_session.Id) <= ChatPresence.TellEvery);
    }

    private (OpenChat Chat, Task<ChatEnd> End) OpenAt(int process)
    {
        var chat = _processes[process].Chats.Open(_hub.Person, _session.Id);
        var end = new TaskCompletionSource<ChatEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        chat.Decided += end.SetResult;
        return (chat, end.Task);
    }

    /// <summary>What two processes say to each other, at once and in order.</summary>
    private sealed class SharedBus : IBus
    {
        private readonly Lock _gate = new();
        private readonly List<Channel<BusEntry>> _tails = [];

        public bool IsShared => true;

        public int Tails
        {
            get { lock (_gate) return _tails.Count; }
        }

        public Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                foreach (var tail in _tails) tail.Writer.TryWrite(new BusEntry(topic, "1", message));
            }
            return Task.FromResult("1");
        }

        public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken)
        {
            var tail = Channel.CreateUnbounded<BusEntry>();
            lock (_gate) _tails.Add(tail);
            return tail.Reader.ReadAllAsync(cancellationToken);
        }

        public Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => Task.FromResult(true);
    }
}
