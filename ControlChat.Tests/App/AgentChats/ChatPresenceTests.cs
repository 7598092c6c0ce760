using System.Threading.Channels;
using ControlChat.App.AgentChats;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
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
    private readonly SharedBus _bus = new();
    private TestHub _hub = null!;
    private Session _session = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(_time, ChatBench.Idle);
        _session = await ChatBench.SessionAsync(_hub, await ChatBench.WorkspaceAsync(_hub));
        for (var i = 0; i < 2; i++)
        {
            var presence = new ChatPresence(_bus, _time, NullLogger<ChatPresence>.Instance);
            await presence.StartAsync(default);
            // Now it hears what the others say.
            await Waiting.UntilAsync(() => _bus.Tails == i + 1);
            _processes.Add((presence, new OpenChats(_hub.Services.GetRequiredService<SessionCommands>(), presence, _time, NullLogger<OpenChats>.Instance)));
        }
        // For so long that they know who is not there.
        await PassAsync(4);
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
        OpenAt(1);
        await PassAsync(3);
        Assert.Equal(ChatEnd.Kept, await end);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, _session.Id));
    }

    [Fact]
    public async Task A_page_of_the_session_itself_keeps_it_also_from_another_process()
    {
        var (lost, end) = OpenAt(0);
        using var page = _processes[1].Presence.Watch(_session.Id);
        lost.Lose();
        await PassAsync(3);
        Assert.Equal(ChatEnd.Kept, await end);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, _session.Id));
    }

    [Fact]
    public async Task A_page_that_was_lost_at_both_ends_its_session_once()
    {
        var (here, _) = OpenAt(0);
        var (there, end) = OpenAt(1);
        here.Lose();
        there.Lose();
        await PassAsync(3);
        Assert.Equal(ChatEnd.Ended, await end);
        Assert.Equal(SessionState.Ended, await ChatBench.StateAsync(_hub, _session.Id));
    }

    [Fact]
    public async Task Of_two_that_were_lost_the_later_one_decides_at_whichever_process_it_was()
    {
        var (here, first) = OpenAt(0);
        var (there, second) = OpenAt(1);
        here.Lose();
        await PassAsync(1);
        there.Lose();
        await PassAsync(2);
        Assert.Equal(ChatEnd.Kept, await first);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, _session.Id));
        await PassAsync(1);
        Assert.Equal(ChatEnd.Ended, await second);
    }

    [Fact]
    public async Task Who_did_not_hear_the_others_all_the_time_ends_nothing_yet()
    {
        var (lost, end) = OpenAt(0);
        lost.Lose();
        await PassAsync(1);
        var waiting = _time.Waiting;
        _bus.Break();
        // Each waits a moment before it listens anew.
        await Waiting.UntilAsync(() => _time.Waiting >= waiting + 2);
        _time.Sleep(TimeSpan.FromSeconds(2));
        await Waiting.UntilAsync(() => _bus.Tails == 2);
        await PassAsync(2);
        await Waiting.UntilAsync(() => lost.Due > _time.GetUtcNow());
        Assert.False(end.IsCompleted);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, _session.Id));
        await PassAsync(3);
        Assert.Equal(ChatEnd.Ended, await end);
    }

    [Fact]
    public void A_process_does_not_take_its_own_word_for_another_one()
    {
        OpenAt(0);
        Assert.Equal(ChatElsewhere.No, _processes[0].Presence.Elsewhere(_session.Id, _time.GetUtcNow()));
    }

    // Twenty seconds each, at whose end everybody's word has been heard.
    private async Task PassAsync(int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            _time.Sleep(ChatPresence.TellEvery);
            await Waiting.UntilAsync(() => _processes.All(p => p.Presence.HeardItself == _time.GetUtcNow()) && _bus.IsQuiet);
        }
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

        /// <summary>What was said has been taken from here by all.</summary>
        public bool IsQuiet
        {
            get { lock (_gate) return _tails.TrueForAll(t => t.Reader.Count == 0); }
        }

        /// <summary>Nobody hears anything until they listen anew.</summary>
        public void Break()
        {
            lock (_gate)
            {
                foreach (var tail in _tails) tail.Writer.Complete(new HubUnavailableException("away", new IOException()));
                _tails.Clear();
            }
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
