using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Tools.Sessions;

public static class SessionToolsServices
{
    public static IServiceCollection AddSessionTools(this IServiceCollection services) => services.AddSingleton<IResourceVersions, SessionVersions>();
}

/// <summary>Versions of <c>session/{id}</c>: its newest event, counted from 1. A plan that goes on with a session rests on nothing having happened in it since.</summary>
internal sealed class SessionVersions(SessionStore sessions) : IResourceVersions
{
    public string Kind => "session";

    public async Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        await sessions.FindAsync(reader, id, cancellationToken) is { } session ? session.LastSeq + 1 : 0;
}
