using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace ControlChat.App.Api;

/// <summary>
/// A route's JSON body, read strictly: <c>(JsonBody&lt;CreateThing&gt; body) => … body.Value</c>.
/// Nullable (<c>JsonBody&lt;T&gt;?</c>) lets the body be absent. Anything wrong ends the request with 413, 415 or 422.
/// </summary>
// CA1000: the framework finds the binder as a static member of the parameter's type.
[SuppressMessage("Design", "CA1000:Do not declare static members on generic types")]
public sealed class JsonBody<T> : IEndpointParameterMetadataProvider where T : class
{
    private JsonBody(T value) => Value = value;

    public T Value { get; }

    public static async ValueTask<JsonBody<T>?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        await StrictJson.ReadAsync<T>(context, IsOptional(parameter), context.RequestAborted) is { } value ? new JsonBody<T>(value) : null;

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T), IsOptional(parameter)));

    private static bool IsOptional(ParameterInfo parameter) => new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable;
}
