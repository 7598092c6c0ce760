using ControlChat.App.Start;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ControlChat.App.Api;

internal static class ApiServices
{
    /// <summary>What every route stands on: JSON, problems, OpenAPI, own addresses.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddSingleton<OwnAddresses>();
        services.TryAddSingleton<HubAddress>();
        // Not by its SecurePolicy: that refuses requests which a proxy with TLS passes on without.
        services.AddOptions<AntiforgeryOptions>().Configure<OwnAddresses>((o, own) =>
        {
            if (own.IsTls) o.Cookie.Extensions.Add("secure");
        });
        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, QuietFramework>();
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.PropertyNamingPolicy = Json.Wire.PropertyNamingPolicy;
            o.SerializerOptions.DictionaryKeyPolicy = null;
            o.SerializerOptions.NumberHandling = Json.Wire.NumberHandling;
            o.SerializerOptions.Encoder = Json.Wire.Encoder;
            foreach (var converter in Json.Wire.Converters) o.SerializerOptions.Converters.Add(converter);
        });
        services.AddOpenApi("v1", o => o.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new() { Title = "ControlChat", Version = "v1" };
            return Task.CompletedTask;
        }));
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }

    /// <summary>The guards, in order; routes come after.</summary>
    public static void UseApi(this WebApplication app)
    {
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<ProblemHandling>();
        app.UseMiddleware<HeadRequests>();
        app.UseRouting();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<StoppingGuard>();
        app.UseMiddleware<HostGuard>();
        app.UseMiddleware<Authentication>();
        app.UseMiddleware<RequestLimits>();
        app.UseMiddleware<Access>();
        app.UseWebSockets();
        app.UseMiddleware<OriginGuard>();
        app.UseAntiforgery();
    }
}
