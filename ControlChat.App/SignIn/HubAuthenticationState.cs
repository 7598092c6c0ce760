using System.Security.Claims;
using ControlChat.App.Api;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlChat.App.SignIn;

/// <summary>
/// Takes the person of a circuit from the request that opened it, and looks every 30 s whether their session still lives.
/// The gate reads rights again at every call anyway; this ends what the page shows.
/// </summary>
internal sealed partial class HubAuthenticationState(
    CircuitPrincipal circuit, HubDatabase database, IPrincipals principals, BrowserSessions sessions, TimeProvider time, ILogger<HubAuthenticationState> logger)
    : AuthenticationStateProvider, IHostEnvironmentAuthenticationStateProvider, IDisposable
{
    public static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(30);
    private static readonly AuthenticationState Nobody = new(new ClaimsPrincipal(new ClaimsIdentity()));
    private readonly Lifetime _closed = new();
    private Task<AuthenticationState> _state = Task.FromResult(Nobody);
    private bool _active;

    public override Task<AuthenticationState> GetAuthenticationStateAsync() => _state;

    // The framework hands over a finished task, so the circuit knows its person before any page runs.
    public void SetAuthenticationState(Task<AuthenticationState> authenticationStateTask)
    {
        _state = TakeAsync(authenticationStateTask);
        NotifyAuthenticationStateChanged(_state);
    }

    /// <summary>Watches the session until the circuit closes.</summary>
    public async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(CheckEvery, time);
        try
        {
            while (circuit.Current is { } principal && await timer.WaitForNextTickAsync(_closed.Token)) await CheckAsync(principal);
        }
        catch (Exception) when (_closed.IsOver)
        {
            // The circuit closed.
        }
        catch (Exception e)
        {
            // Nobody looks any more whether the session lives, so the page has nobody.
            LogWatchEnded(e);
            Show(null);
        }
    }

    /// <summary>The person did something on this circuit, which keeps their session from going idle.</summary>
    public void NoteActivity() => Volatile.Write(ref _active, true);

    // The container does so once for each service it stands for.
    public void Dispose() => _closed.Dispose();

    private async Task<AuthenticationState> TakeAsync(Task<AuthenticationState> given)
    {
        var state = await given;
        // Pages ask in a person's name; a token has none, and no page checks its scopes.
        var identity = state.User.Identity as PrincipalIdentity;
        var person = identity?.Principal is { AuthSessionId: not null } signedIn ? signedIn : null;
        circuit.Zone = identity?.Zone;
        circuit.Set(person);
        return person is null ? Nobody : state;
    }

    private async Task CheckAsync(Principal principal)
    {
        try
        {
            if (principal.AuthSessionId is { } session && Interlocked.Exchange(ref _active, false)) await sessions.TouchAsync(session, _closed.Token);
            await using var reader = await database.ReadAsync(_closed.Token);
            var now = await principals.ReloadAsync(reader, principal, _closed.Token);
            if (now != principal) Show(now);
        }
        catch (HubUnavailableException e)
        {
            LogNotChecked(e);
        }
    }

    private void Show(Principal? now)
    {
        _state = Task.FromResult(now is null ? Nobody : new AuthenticationState(new ClaimsPrincipal(new PrincipalIdentity(now))));
        circuit.Set(now);
        NotifyAuthenticationStateChanged(_state);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The watch over a circuit's session failed; the page is signed out")]
    private partial void LogWatchEnded(Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A circuit's session could not be checked; the next check is in 30 s")]
    private partial void LogNotChecked(Exception fault);
}

/// <summary>Starts the watch with the circuit, and tells it when the person does something.</summary>
internal sealed class CircuitWatch(HubAuthenticationState state) : CircuitHandler
{
    private Task _watch = Task.CompletedTask;

    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        // Runs beside the circuit and ends with its scope.
        _watch = state.WatchAsync();
        return Task.CompletedTask;
    }

    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(Func<CircuitInboundActivityContext, Task> next) => context =>
    {
        state.NoteActivity();
        return next(context);
    };
}
