using ControlChat.App.Layout;
using Radzen;

namespace ControlChat.App;

/// <summary>The one startable app object: used by <c>Program</c>, by the tests and by the journeys (on port 0).</summary>
public sealed class ControlChatApp : IAsyncDisposable
{
    private readonly WebApplication _web;

    private ControlChatApp(WebApplication web) => _web = web;

    public IServiceProvider Services => _web.Services;

    /// <summary>The first address listened on; meaningful after <see cref="StartAsync"/>.</summary>
    public string Url => _web.Urls.First();

    public static ControlChatApp Create(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(ControlChatApp).Assembly.GetName().Name,
        });
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddRadzenComponents();
        builder.Services.AddShell();
        var web = builder.Build();
        web.UseAntiforgery();
        web.MapStaticAssets();
        web.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return new ControlChatApp(web);
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => _web.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default) => _web.StopAsync(cancellationToken);

    public Task RunAsync(CancellationToken cancellationToken = default) => _web.RunAsync(cancellationToken);

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
