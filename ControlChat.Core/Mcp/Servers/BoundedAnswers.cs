using System.Net;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>Reads no more of one answer than <see cref="ServerLimits.MostBytes"/>, so that no server fills the hub's memory.</summary>
internal sealed class BoundedAnswers(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode is >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest)
        {
            response.Dispose();
            throw new HttpRequestException("The server sends the hub elsewhere, which it does not follow.");
        }
        var content = new StreamContent(new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken), wholeLines: false));
        foreach (var (name, values) in response.Content.Headers) content.Headers.TryAddWithoutValidation(name, values);
        response.Content = content;
        return response;
    }
}

/// <summary>Passes on what it reads until it is too much.</summary>
/// <param name="wholeLines">A program's lines: each is counted for itself, and all of them until <see cref="Renew"/>.</param>
internal sealed class BoundedStream(Stream inner, bool wholeLines) : Stream
{
    private int _read;
    private int _lines;
    private long _all;

    /// <summary>A call begins, to which it may answer as much again.</summary>
    public void Renew()
    {
        Interlocked.Exchange(ref _lines, 0);
        Interlocked.Exchange(ref _all, 0);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(buffer, await inner.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Count(buffer.AsMemory(offset), inner.Read(buffer, offset, count));

    public override void Flush()
    {
        // Nothing is written here.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private int Count(Memory<byte> buffer, int length)
    {
        var end = wholeLines ? buffer.Span[..length].LastIndexOf((byte)'\n') : -1;
        _read = end < 0 ? _read + length : length - end - 1;
        return _read <= ServerLimits.MostBytes && !(wholeLines && IsTalkative(buffer.Span[..length])) ? length : throw new IOException($"The server answered with more than {ServerLimits.MostBytes / (1024 * 1024)} MiB.");
    }

    // Each line costs the hub something, also when nobody asked for it.
    private bool IsTalkative(Span<byte> read) =>
        Interlocked.Add(ref _lines, read.Count((byte)'\n')) > ServerLimits.MostLines || Interlocked.Add(ref _all, read.Length) > 2L * ServerLimits.MostBytes;
}
