using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.SampleParent;

/// <summary>
/// An application that shows a session of the hub inside its own page, in as few lines as that takes. It knows its person by a cookie of its own,
/// its server fetches tickets with the hub's API token, its page frames the session and talks to it (<c>pages/console.js</c>).
/// </summary>
public sealed class SampleParentServer : IAsyncDisposable
{
    public const string Warning = "Do not expose the console directly to the internet. Run it only behind an authenticated parent and a secure proxy.";

    private const string Cookie = "parent";
    private readonly WebApplication _web;
    private readonly SampleParentSettings _settings;
    private readonly HttpClient _hub;
    private readonly string _code = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly string _person = RandomNumberGenerator.GetHexString(32, lowercase: true);

    private SampleParentServer(WebApplication web, SampleParentSettings settings)
    {
        (_web, _settings) = (web, settings);
        _hub = new HttpClient { BaseAddress = new Uri(settings.HubUrl), Timeout = TimeSpan.FromSeconds(10) };
        _hub.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", settings.Token);
    }

    /// <summary>Its origin, to be named in the hub's <c>Embed:Origins</c>.</summary>
    public string Url => $"http://{_settings.Host}:{new Uri(_web.Urls.First()).Port}";

    /// <summary>Signs its person in. A real application has a sign-in of its own in this place.</summary>
    public string Link => $"{Url}/enter?code={_code}";

    public static async Task<SampleParentServer> StartAsync(SampleParentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var web = builder.Build();
        web.Urls.Clear();
        web.Urls.Add($"http://127.0.0.1:{settings.Port}");
        var parent = new SampleParentServer(web, settings);
        web.Use(parent.GuardAsync);
        web.MapGet("/enter", parent.Enter);
        web.MapGet("/", () => Results.Text(parent.Page(), "text/html; charset=utf-8"));
        web.MapGet("/console.js", () => Results.Text(Read("console.js"), "text/javascript; charset=utf-8"));
        web.MapGet("/page.js", () => Results.Text(Read("page.js"), "text/javascript; charset=utf-8"));
        web.MapGet("/page.css", () => Results.Text(Read("page.css"), "text/css; charset=utf-8"));
        web.MapPost("/ticket", parent.TicketAsync);
        await web.StartAsync();
        return parent;
    }

    public Task WaitForShutdownAsync() => _web.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
        _hub.Dispose();
    }

    // Everything but the sign-in is for the signed-in person; and no page of this application can be framed itself.
    private Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-src {_settings.HubUrl}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        var known = context.Request.Path == "/enter" || Same(context.Request.Cookies[Cookie], _person);
        // Another site's page may send the cookie along, never this origin.
        var own = HttpMethods.IsGet(context.Request.Method) || context.Request.Headers.Origin == Url;
        if (known && own && context.Request.Host.Value == new Uri(Url).Authority) return next(context);
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return context.Response.WriteAsync("Open the link that this program printed.");
    }

    private IResult Enter(HttpContext context)
    {
        if (!Same(context.Request.Query["code"], _code)) return Results.StatusCode(StatusCodes.Status401Unauthorized);
        context.Response.Cookies.Append(Cookie, _person, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true });
        return Results.Redirect("/");
    }

    /// <summary>The page asks this server, this server asks the hub: the API token is never in a browser, the ticket is good once and for 30 s.</summary>
    private async Task<IResult> TicketAsync(TicketWish wish, CancellationToken cancellationToken)
    {
        if (wish.Access is not ("view" or "control")) return Results.StatusCode(StatusCodes.Status422UnprocessableEntity);
        using var answer = await _hub.PostAsJsonAsync($"/api/v1/sessions/{_settings.SessionId}/ticket", new { access = wish.Access }, cancellationToken);
        return Results.Text(await answer.Content.ReadAsStringAsync(cancellationToken), "application/json", statusCode: (int)answer.StatusCode);
    }

    private string Page() => Read("page.html")
        .Replace("{{hub}}", HtmlEncoder.Default.Encode(_settings.HubUrl), StringComparison.Ordinal)
        .Replace("{{session}}", HtmlEncoder.Default.Encode(_settings.SessionId), StringComparison.Ordinal)
        .Replace("{{warning}}", Warning, StringComparison.Ordinal);

    private static bool Same(string? given, string wanted) => given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    private static string Read(string name)
    {
        using var text = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return text.ReadToEnd();
    }

    private sealed record TicketWish(string Access);
}
