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

    /// <summary>Puts one event into the output; it leaves with <see cref="FlushAsync"/>, so that what comes together leaves together.</summary>
    /// <param name="id">The sequence of a stored event; null for what does not move the client's cursor.</param>
    /// <param name="data">JSON without line breaks.</param>
    /// <param name="name">The event's name, or null for the default.</param>
    public void Write(long? id, string data, string? name)
    {
        if (name is not null) Write($"event: {name}\n");
        if (id is { } seq) Write(string.Create(CultureInfo.InvariantCulture, $"id: {seq}\n"));
        Write("data: ");
        Write(data);
        Write("\n\n");
    }

    /// <summary>A comment line that keeps proxies and clients from giving up; due every 15 s.</summary>
    public async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        Write(": hb\n\n");
        await FlushAsync(cancellationToken);
    }

    /// <summary>Sends what was written; waits while the client reads too slowly.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken) => await _response.BodyWriter.FlushAsync(cancellationToken);

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _response.BodyWriter);
}
