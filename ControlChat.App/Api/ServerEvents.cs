using System.Globalization;
using System.Text;

namespace ControlChat.App.Api;

/// <summary>Writes server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html.</summary>
public sealed class ServerEvents
{
    private readonly HttpResponse _response;

    private ServerEvents(HttpResponse response) => _response = response;

    /// <summary>Sends the headers, so that the client knows at once that the stream is open.</summary>
    public static async Task<ServerEvents> StartAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var response = context.Response;
        // Always UTF-8 by its standard; said all the same, because general HTTP clients take text without a charset for Latin-1.
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.StartAsync(cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
        return new ServerEvents(response);
    }

    /// <param name="id">The sequence of a stored event; null for what does not move the client's cursor.</param>
    /// <param name="data">JSON without line breaks.</param>
    /// <param name="name">The event's name, or null for the default.</param>
    public async Task SendAsync(long? id, string data, string? name, CancellationToken cancellationToken)
    {
        var text = new StringBuilder(data.Length + 40);
        if (name is not null) text.Append("event: ").Append(name).Append('\n');
        if (id is { } seq) text.Append("id: ").Append(seq.ToString(CultureInfo.InvariantCulture)).Append('\n');
        text.Append("data: ").Append(data).Append("\n\n");
        await WriteAsync(text.ToString(), cancellationToken);
    }

    /// <summary>A comment line that keeps proxies and clients from giving up; due every 15 s.</summary>
    public Task HeartbeatAsync(CancellationToken cancellationToken) => WriteAsync(": hb\n\n", cancellationToken);

    private async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        await _response.WriteAsync(text, cancellationToken);
        await _response.Body.FlushAsync(cancellationToken);
    }
}
