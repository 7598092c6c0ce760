using System.Net.Mime;
using ControlChat.Core.Sessions.Relay;

namespace ControlChat.App.Sessions;

/// <summary>
/// Reads what agents send. A body and what is made of it take many times its length of memory, so only a few are held at once in this
/// process, one of a session at a time, and none for long: an agent that sends slowly does not keep the others waiting.
/// </summary>
internal sealed class AgentBodies(TimeProvider time) : IDisposable
{
    /// <summary>With a body of 16 MB, what is read out of it and what is written anew, each is some 80 MB at its height.</summary>
    public const int MostAtOnce = 2;

    /// <summary>Agents are on this machine, where the longest body takes far less than a second.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    /// <summary>What somewhat too large bodies are read to, and dropped: a client that is refused while it still sends sees a broken connection instead of the answer.</summary>
    public const long ReadAtMost = 4L * AgentModelRequest.MostBytes;

    private readonly SemaphoreSlim _places = new(MostAtOnce);

    /// <param name="lane">Of the call.</param>
    /// <param name="read">Makes of the body what is kept of it.</param>
    /// <exception cref="AgentModelException">It is of another kind, too large, or does not come.</exception>
    public async Task<T> ReadAsync<T>(HttpRequest request, AgentLanes.Lane lane, Func<ReadOnlyMemory<byte>, T> read, CancellationToken cancellationToken)
    {
        if (!MediaTypeIsJson(request.ContentType)) throw new AgentModelException(415, "unsupported_media_type", "Send the body as application/json.");
        if (request.Headers.ContentEncoding.Count > 0) throw new AgentModelException(415, "unsupported_media_type", "Send the body as it is, without Content-Encoding.");
        await lane.Body.WaitAsync(cancellationToken);
        try
        {
            await _places.WaitAsync(cancellationToken);
            try
            {
                return read(await BodyAsync(request, cancellationToken));
            }
            finally
            {
                _places.Release();
            }
        }
        finally
        {
            lane.Body.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<ReadOnlyMemory<byte>> BodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Within, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var body = new MemoryStream((int)Math.Clamp(request.ContentLength ?? 0, 0, AgentModelRequest.MostBytes));
        var piece = new byte[64 * 1024];
        var length = 0L;
        try
        {
            while (await request.Body.ReadAsync(piece, any.Token) is > 0 and var read)
            {
                length += read;
                if (length <= AgentModelRequest.MostBytes) body.Write(piece, 0, read);
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == 413)
        {
            length = ReadAtMost;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new AgentModelException(408, "body_late", $"The body did not come within {Within.TotalSeconds} seconds.");
        }
        return length <= AgentModelRequest.MostBytes ? body.GetBuffer().AsMemory(0, (int)body.Length)
            : throw new AgentModelException(413, "too_large", $"The body has more than {AgentModelRequest.MostBytes} bytes. Let the agent summarise its history.");
    }

    private static bool MediaTypeIsJson(string? contentType) =>
        contentType is not null && contentType.Split(';')[0].Trim().Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase);
}
