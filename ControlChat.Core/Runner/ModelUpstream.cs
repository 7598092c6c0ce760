using System.Net.Http.Headers;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Runner;

/// <summary>
/// The model's server for those whose requests are passed on as they wrote them: agents in workspaces. The hub's key is added here and is
/// nowhere else on that way; nothing is retried.
/// </summary>
/// <param name="settings">Where <c>Model:*</c> is read, at every call.</param>
/// <param name="models">What <c>auto</c> means now.</param>
/// <param name="apiKey"><c>OPENAI_API_KEY</c>, or null.</param>
public sealed class ModelUpstream(IHubSettings settings, ModelClients models, string? apiKey) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        // A cancelled answer still costs tokens: close it, do not read it out.
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
        ActivityHeadersPropagator = null,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Why there is no model for agents, for the operator; null when there is one.</summary>
    public string? Fault => models.Provider != ModelClients.OpenAi
        ? "This hub has no model server: Model:Provider is 'offline', or 'auto' without Model:Endpoint and OPENAI_API_KEY. Agents need one that speaks the Responses API."
        : settings.Current.Model.Api != "responses" ? "Model:Api is 'chat'; agents need a model server that speaks 'responses'." : null;

    /// <summary>The one model agents may use: <c>Sessions:Codex:Model</c>, else <c>Model:Name</c>, else the provider's default.</summary>
    public string ModelName => settings.Current.Sessions.Codex.Model is { Length: > 0 } own ? own : settings.Current.Model.Name is { Length: > 0 } name ? name : ModelClients.DefaultName;

    /// <summary>Posts to <c>/responses</c> and returns as soon as the headers are there.</summary>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(byte[] body, bool stream, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(settings.Current.Model.Endpoint)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(stream ? "text/event-stream" : "application/json"));
        if (!string.IsNullOrEmpty(apiKey)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    // As the control agent's client reads Model:Endpoint: an address without a path gets /v1.
    private static Uri Address(string? endpoint)
    {
        var root = string.IsNullOrEmpty(endpoint) ? new Uri("https://api.openai.com/v1") : new Uri(endpoint);
        if (root.AbsolutePath == "/") root = new Uri(root, "v1");
        return new UriBuilder(root) { Path = root.AbsolutePath.TrimEnd('/') + "/responses" }.Uri;
    }
}
