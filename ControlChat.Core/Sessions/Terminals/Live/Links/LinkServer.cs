using System.Collections.Concurrent;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Terminals.Live.Links;

/// <summary>Answers the windows of other processes that look at a terminal at work here.</summary>
/// <param name="admit">Who a window is and what it may, from the database; null: it may not look.</param>
internal sealed class LinkServer(string sessionId, Func<TerminalViewer, CancellationToken, Task<TerminalViewer?>> admit, Func<TerminalViewer, CancellationToken, Task<ITerminalView>> join, IBus bus, LinkSeal seal, TimeProvider time)
{
    private const int MostPeers = 64;
    private readonly ConcurrentDictionary<string, LinkPeer> _peers = new(StringComparer.Ordinal);

    /// <summary>Until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    var asks = seal.Of(Topics.TerminalAsks(sessionId));
                    await foreach (var entry in bus.TailAsync(asks.Topic, null, cancellationToken))
                        if (LinkMessage.Read(entry.Message, asks) is { } message) await TakeAsync(message, cancellationToken);
                }
                catch (Exception e) when (e is BusGapException or HubUnavailableException)
                {
                    // Something of theirs was not heard: they join again.
                    await DropAllAsync();
                    await Task.Delay(LinkTiming.Beat, time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
        finally
        {
            await DropAllAsync();
        }
    }

    /// <summary>Until everybody has read to the end of a terminal that is closed, for a while.</summary>
    public Task FinishAsync() => Task.WhenAny(Task.WhenAll(_peers.Values.Select(p => p.Working)), Task.Delay(LinkTiming.Patience, time, CancellationToken.None));

    private async Task TakeAsync(LinkMessage message, CancellationToken cancellationToken)
    {
        foreach (var (link, gone) in _peers.Where(p => p.Value.IsOver))
            if (_peers.TryRemove(link, out _)) await gone.DisposeAsync();
        if (_peers.TryGetValue(message.Link, out var peer)) peer.Take(message);
        else if (message is { Kind: LinkKinds.Join, Window.Length: > 0 and <= 128, Account: not null } && _peers.Count < MostPeers)
            _peers[message.Link] = new LinkPeer(message, token => OpenAsync(message, token), bus, seal, time, cancellationToken);
    }

    private async Task<ITerminalView?> OpenAsync(LinkMessage asked, CancellationToken cancellationToken)
    {
        var claimed = new TerminalViewer(asked.Window!, asked.Account!, "", asked.May == true) { TokenId = asked.Token, AuthSessionId = asked.AuthSession };
        return await admit(claimed, cancellationToken) is { } viewer ? await join(viewer, cancellationToken) : null;
    }

    private async Task DropAllAsync()
    {
        foreach (var link in _peers.Keys)
            if (_peers.TryRemove(link, out var peer)) await peer.DisposeAsync();
    }
}
