using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;

namespace ControlChat.Core.Sessions.Work;

/// <summary>When a terminal was used last, as its row has it: written every few seconds, never for each key.</summary>
internal sealed class TerminalActivity(SessionTools tools, Session session)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);
    private volatile bool _used;
    private long _written;

    public void Use() => _used = true;

    /// <summary>Writes it when there is something to write and it is time.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (!_used || tools.Time.GetElapsedTime(_written) < Every) return;
        await using var transaction = await tools.Database.BeginAsync(cancellationToken);
        await WriteAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task WriteAsync(IHubTransaction transaction, CancellationToken cancellationToken)
    {
        _used = false;
        _written = tools.Time.GetTimestamp();
        return SessionClaims.TouchAsync(transaction, session.Id, transaction.Now + tools.Settings.Current.Sessions.IdleTerminal, cancellationToken);
    }

    /// <summary>Bytes that were printed in earlier processes, as far as the transcript has them.</summary>
    public static async Task<long> PrintedAsync(ITerminalRecord record, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        await foreach (var frame in record.ReadAsync(0, cancellationToken))
            if (frame.Type == TerminalFrames.Out) bytes += frame.Data.Length;
        return bytes;
    }
}
