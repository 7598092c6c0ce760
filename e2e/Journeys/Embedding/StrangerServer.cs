using System.Net.Mime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlChat.Journeys.Embedding;

/// <summary>A site that nobody allowed anything: one page, which frames what it is told to and keeps every message it hears.</summary>
internal sealed class StrangerServer : IAsyncDisposable
{
    private readonly WebApplication _web;

    private StrangerServer(WebApplication web) => _web = web;

    public string Url => $"http://stranger.localhost:{new Uri(_web.Urls.First()).Port}/";

    public static async Task<StrangerServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var web = builder.Build();
        web.Urls.Clear();
        web.Urls.Add("http://127.0.0.1:0");
        web.MapGet("/", () => Results.Text("""
            <!doctype html><title>Stranger</title><link rel="icon" href="data:,">
            <script>window.heard = []; addEventListener('message', (event) => heard.push(JSON.stringify(event.data) ?? ''));</script>
            """, MediaTypeNames.Text.Html));
        await web.StartAsync();
        return new StrangerServer(web);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
    }
}
