using System.Net;
using System.Text;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A model's server that keeps what one request brought along, and answers at once.</summary>
internal sealed class RecordingUpstream : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public RecordingUpstream()
    {
        var port = FreePort();
        Url = $"http://127.0.0.1:{port}/v1";
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url { get; }

    public IReadOnlyDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>();

    public string Body { get; private set; } = "";

    public string Path { get; private set; } = "";

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                Headers = context.Request.Headers.AllKeys.ToDictionary(k => k!, k => context.Request.Headers[k]!);
                Path = context.Request.Url!.AbsolutePath;
                using (var reader = new StreamReader(context.Request.InputStream)) Body = await reader.ReadToEndAsync();
                context.Response.ContentType = "application/json";
                context.Response.Headers["X-Upstream"] = Url;
                context.Response.Close(Encoding.UTF8.GetBytes("""{"id":"r","usage":{"input_tokens":7,"output_tokens":8}}"""), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
