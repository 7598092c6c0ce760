using ControlChat.App.SignIn;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Tests.App.Layout;

/// <summary>
/// A page over the real hub, for whoever signed in to it. What the page asks for and the shell does not have is the hub's own; add a
/// service before the first drawing to put another in its place.
/// </summary>
internal sealed class HubShell : ShellPage
{
    private readonly AsyncServiceScope _circuit;

    private HubShell(TestHub hub)
    {
        Hub = hub;
        _circuit = hub.Services.CreateAsyncScope();
        Who.Set(hub.Person);
        Services.AddSingleton(Who);
        Services.AddFallbackServiceProvider(_circuit.ServiceProvider);
    }

    public TestHub Hub { get; }

    /// <summary>Who looks at the page.</summary>
    public CircuitPrincipal Who => Of<CircuitPrincipal>();

    /// <param name="time">The hub's clock; the page has its own.</param>
    /// <param name="args">As for <see cref="TestHub"/>.</param>
    /// <param name="configure">As for <see cref="TestHub"/>.</param>
    public static async Task<HubShell> StartAsync(FakeTime? time = null, string[]? args = null, Action<IServiceCollection>? configure = null) => new(await TestHub.StartAsync(time, args, configure));

    /// <summary>A service of the hub, whatever stands in its place on the page.</summary>
    public T Of<T>() where T : notnull => _circuit.ServiceProvider.GetRequiredService<T>();

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        await _circuit.DisposeAsync();
        await Hub.DisposeAsync();
    }
}
