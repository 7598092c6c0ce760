using System.Net.ServerSentEvents;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>Updates of one answer, one at a time. It ends only after the protocol's final event; an earlier end is a cut.</summary>
internal sealed class ModelStream : IAsyncDisposable
{
    private readonly IWireReader _reader;
    private readonly StallWatch _watch;
    private readonly IAsyncEnumerator<SseItem<ChatResponseUpdate?>> _events;
    private bool _ended;

    public ModelStream(Stream body, IWireReader reader, StallWatch watch)
    {
        _reader = reader;
        _watch = watch;
        _events = SseParser.Create(body, (_, data) => reader.Read(data)).EnumerateAsync(watch.Token).GetAsyncEnumerator(watch.Token);
    }

    /// <summary>The next update, or null after the last.</summary>
    public async ValueTask<ChatResponseUpdate?> NextAsync()
    {
        if (_ended) return null;
        while (await MoveAsync())
            if (_events.Current.Data is { } update) return update;
        _ended = true;
        if (!_reader.Completed) throw new ModelException(ModelFault.Cut, "The model's answer ended in the middle.");
        return _reader.Finish();
    }

    public ValueTask DisposeAsync() => _events.DisposeAsync();

    private async ValueTask<bool> MoveAsync()
    {
        _watch.Caller.ThrowIfCancellationRequested();
        var next = _events.MoveNextAsync();
        if (next.IsCompleted) return await next;
        // The answer is whole: a server that does not close, or breaks off now, takes nothing away.
        if (_reader.Completed) return await EndAsync(next);
        _watch.Start();
        try
        {
            return await next;
        }
        finally
        {
            _watch.Stop();
        }
    }

    private async ValueTask<bool> EndAsync(ValueTask<bool> next)
    {
        _watch.StartGrace();
        try
        {
            return await next;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && !_watch.CancelledByCaller)
        {
            return false;
        }
    }
}
