using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Api;

/// <summary>Request JSON, read so that what was checked is what was meant: no unknown or repeated field, no loose types, valid Unicode, bounded depth.</summary>
public static class StrictJson
{
    private const int MaxDepth = 32;
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonSerializerOptions Options = new(Json.Wire)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = MaxDepth,
    };

    /// <returns>The body, or null when it is absent and may be.</returns>
    /// <exception cref="ApiException">415, or 422 <c>invalid</c> or <c>unknown_field</c>.</exception>
    public static async Task<T?> ReadAsync<T>(HttpContext context, bool optional, CancellationToken cancellationToken) where T : class
    {
        var bytes = await BytesAsync(context.Request, cancellationToken);
        if (bytes.Length == 0) return optional ? null : throw ApiException.Invalid("The body is empty. Send a JSON object.");
        if (!context.Request.HasJsonContentType()) throw new ApiException(415, "unsupported_media_type", Problems.DetailOf(415));
        return Parse<T>(bytes);
    }

    /// <exception cref="ApiException">422 <c>invalid</c> or <c>unknown_field</c>.</exception>
    public static T Parse<T>(byte[] utf8) where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(Utf8.GetString(utf8), DocumentOptions);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw ApiException.Invalid("The body must be a JSON object.");
            CheckText(document.RootElement);
            CheckNames(document.RootElement, typeof(T));
            return document.RootElement.Deserialize<T>(Options)!;
        }
        catch (JsonException e)
        {
            throw ApiException.Invalid(Explain(e));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException)
        {
            throw ApiException.Invalid("The body is not valid UTF-8 text.");
        }
    }

    /// <summary>The whole body.</summary>
    /// <exception cref="ApiException">413: more than <c>Limits:BodyBytes</c>.</exception>
    internal static async Task<byte[]> BytesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var limits = request.HttpContext.RequestServices.GetRequiredService<IHubSettings>().Current.Limits;
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            if (buffer.Length + read > limits.BodyBytes)
            {
                await request.Body.CopyToAsync(Stream.Null, cancellationToken);
                throw RequestLimits.TooLarge(limits);
            }
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }

    /// <summary>A lone surrogate passes the parser and breaks whoever reads the text: reading every text once finds it here.</summary>
    /// <exception cref="InvalidOperationException">A text is none.</exception>
    internal static void CheckText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) CheckText(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) CheckText(property.Value);
                break;
        }
    }

    private static void CheckNames(JsonElement element, Type type)
    {
        var known = Options.GetTypeInfo(type).Properties.Select(p => p.Name).ToList();
        foreach (var property in element.EnumerateObject())
            if (!known.Contains(property.Name))
                throw new ApiException(422, "unknown_field", $"There is no field '{Shorten(property.Name)}' here. The fields are: {string.Join(", ", known)}.");
    }

    private static string Explain(JsonException e)
    {
        var what = e.Message.Split(" Path:")[0].Split(" LineNumber:")[0];
        // "JSON deserialization for type 'Our.Type' was missing required properties including: 'scope', 'reason'."
        if (what.Split("missing required properties including: ") is [_, var missing]) return $"The body lacks {Shorten(missing, 300)}";
        return what.Contains(" converted to ", StringComparison.Ordinal) ? $"The value of '{Shorten(e.Path ?? "$")}' has the wrong type." : Shorten(what, 300);
    }

    private static string Shorten(string text, int most = 60) => text.Length <= most ? text : text[..most] + "…";
}
