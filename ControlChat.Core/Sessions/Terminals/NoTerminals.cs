using System.Runtime.CompilerServices;

namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Where no worker has terminals: none is at work.</summary>
internal sealed class NoTerminals : ITerminals, IEndedTerminals
{
    public Task<ITerminalView?> JoinAsync(string sessionId, TerminalViewer viewer, CancellationToken cancellationToken) => Task.FromResult<ITerminalView?>(null);

    public async IAsyncEnumerable<TerminalFrame> ReadAsync(string sessionId, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }
}
