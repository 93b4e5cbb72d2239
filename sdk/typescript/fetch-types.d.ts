// The generated client names a type of the browser's fetch that Node's types do not declare.
type BodyInit = NonNullable<RequestInit['body']>;
